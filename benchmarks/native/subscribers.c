/* Light websocket subscribers: they cost the machine as little as they can, and count what they get.
 *
 * Usage: subscribers PORT COUNT PATH DEFLATE [STALLED]
 * The first STALLED of them read nothing after the handshake. Counted are frames of alerts: by the first letter of
 * their type, or, if compressed, all. Prints `ready EXTENSIONS` once all are connected; then obeys lines on standard input:
 *   expect N   count from now on; when N frames have come, prints `done FIRST_NS LAST_NS FRAMES BYTES`
 *   now        prints `now FRAMES BYTES CLOSED`
 * Times are CLOCK_MONOTONIC. It ends with its standard input.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONTROL 0xffffffffu
#define AT_ONCE 64 /* handshakes under way */

typedef struct { int fd; uint8_t head[4]; int have; int64_t skip, letter; } peer;

static peer *peers;
static char buffer[1 << 20];
static int64_t frames, bytes, expected = -1, first, last;
static int closed_count, poll_fd;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void pong(peer *p, const uint8_t *payload, int length) {
  uint8_t frame[6 + 125] = {0x8a, 0x80 | length, 0, 0, 0, 0}; /* masked with zeros */
  memcpy(frame + 6, payload, length);
  if (send(p->fd, frame, 6 + length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) return;
}

static void parse(peer *p, const uint8_t *at, int size) {
  const uint8_t *end = at + size;
  while (at < end) {
    if (p->skip) {
      int64_t step = end - at < p->skip ? end - at : p->skip;
      if (p->letter && p->skip - step < p->letter) { /* the letter after {"type":" is in these bytes */
        if (at[p->skip - p->letter] == 'a') frames++;
        p->letter = 0;
      }
      p->skip -= step;
      at += step;
      bytes += step;
      continue;
    }
    p->head[p->have++] = *at++;
    if (p->have < 2) continue;
    int opcode = p->head[0] & 15, length = p->head[1] & 127;
    if (length == 127) { fprintf(stderr, "frame too long\n"); exit(1); }
    if (length == 126) {
      if (p->have < 4) continue;
      length = p->head[2] << 8 | p->head[3];
    }
    if (p->head[0] == 0x81 && length > 9) p->letter = length - 9;
    else if (opcode < 8) frames++; /* compressed: alerts only */
    if (opcode == 9) pong(p, at, end - at < length ? end - at : length);
    p->have = 0;
    p->skip = length;
  }
}

static int connect_one(int port, int n) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)}, from = {.sin_family = AF_INET};
  int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
  struct linger gone = {1, 0};
  if (fd < 0) { perror("socket"); exit(1); }
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + n / 5000); /* ports of one address do not suffice */
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  if (bind(fd, (void *)&from, sizeof from) || connect(fd, (void *)&to, sizeof to)) { perror("connect"); exit(1); }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &gone, sizeof gone);
  return fd;
}

static void shake_hands(peer *p, char *extensions) {
  int got = 0;
  for (;;) {
    int r = recv(p->fd, buffer + got, 65536, 0);
    if (r <= 0) { perror("handshake"); exit(1); }
    got += r;
    buffer[got] = 0;
    char *end = strstr(buffer, "\r\n\r\n");
    if (!end) continue;
    if (strncmp(buffer, "HTTP/1.1 101", 12)) { fprintf(stderr, "refused: %s\n", buffer); exit(1); }
    char *line = strcasestr(buffer, "sec-websocket-extensions:");
    if (line && line < end) sscanf(line, "%250[^\r]", extensions);
    parse(p, (uint8_t *)end + 4, buffer + got - (end + 4));
    return;
  }
}

static void obey(const char *line) {
  if (!strncmp(line, "expect ", 7)) {
    expected = atoll(line + 7);
    frames = bytes = first = 0;
    printf("ok\n");
  } else {
    printf("now %lld %lld %d\n", (long long)frames, (long long)bytes, closed_count);
  }
  fflush(stdout);
}

static void control(void) {
  static char line[256];
  static int length;
  char c;
  ssize_t r;
  while ((r = read(0, &c, 1)) == 1) {
    if (c != '\n') { if (length < 255) line[length++] = c; continue; }
    line[length] = 0;
    length = 0;
    obey(line);
  }
  if (r == 0) exit(0);
}

static void hear(uint32_t n) {
  peer *p = &peers[n];
  int r = recv(p->fd, buffer, sizeof buffer, 0);
  if (r < 0 && errno == EAGAIN) return;
  if (r <= 0) {
    closed_count++;
    close(p->fd);
    return;
  }
  last = now_ns();
  if (!first) first = last;
  parse(p, (uint8_t *)buffer, r);
  if (expected >= 0 && frames >= expected) {
    expected = -1;
    printf("done %lld %lld %lld %lld\n", (long long)first, (long long)last, (long long)frames, (long long)bytes);
    fflush(stdout);
  }
}

int main(int argc, char **argv) {
  if (argc < 5) { fprintf(stderr, "usage: subscribers PORT COUNT PATH DEFLATE [STALLED]\n"); return 2; }
  int port = atoi(argv[1]), count = atoi(argv[2]), stalled = argc > 5 ? atoi(argv[5]) : 0;
  static char request[1024], extensions[256];
  int size = snprintf(request, sizeof request,
                      "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
                      argv[3], port,
                      atoi(argv[4]) ? "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" : "");
  peers = calloc(count, sizeof(peer));
  poll_fd = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  for (int begin = 0; begin < count; begin += AT_ONCE) {
    int end = begin + AT_ONCE < count ? begin + AT_ONCE : count;
    for (int n = begin; n < end; n++) {
      peers[n].fd = connect_one(port, n);
      if (n < stalled) {
        int small = 4096;
        setsockopt(peers[n].fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
      }
      if (send(peers[n].fd, request, size, 0) != size) { perror("send"); return 1; }
    }
    for (int n = begin; n < end; n++) {
      shake_hands(&peers[n], extensions);
      fcntl(peers[n].fd, F_SETFL, O_NONBLOCK);
      event.data.u32 = n;
      if (n >= stalled) epoll_ctl(poll_fd, EPOLL_CTL_ADD, peers[n].fd, &event);
    }
  }
  fcntl(0, F_SETFL, O_NONBLOCK);
  event.data.u32 = CONTROL;
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, 0, &event);
  printf("ready %s\n", extensions);
  fflush(stdout);
  static struct epoll_event events[1024];
  for (;;) {
    /* Never asleep during a round: else a send may, or may not, pay for waking this core. */
    int ready = epoll_wait(poll_fd, events, 1024, expected >= 0 ? 0 : -1);
    for (int i = 0; i < ready; i++) {
      if (events[i].data.u32 == CONTROL) control();
      else hear(events[i].data.u32);
    }
  }
}
