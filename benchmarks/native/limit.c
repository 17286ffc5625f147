/* The limit of any fan-out: one loop of send(2) of the same bytes, and nothing else.
 *
 * Usage: limit FRAME_FILE. Listens on a loopback port, prints it; answers every request with a fixed 101; obeys lines
 * on standard input: `members` prints their number, `publish` sends the frame to all and prints `BEGAN_NS ENDED_NS CPU_NS`.
 */
#define _GNU_SOURCE
#include <errno.h>
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

#define MOST 20000

static int members[MOST], count;
static char frame[65536];
static int size;

static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static long long now_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void publish(void) {
  int failed = 0;
  long long began = now_ns(CLOCK_MONOTONIC), spent = now_ns(CLOCK_PROCESS_CPUTIME_ID);
  for (int i = 0; i < count; i++)
    if (send(members[i], frame, size, MSG_DONTWAIT | MSG_NOSIGNAL) != size) failed++;
  spent = now_ns(CLOCK_PROCESS_CPUTIME_ID) - spent;
  printf("%lld %lld %lld\n", began, now_ns(CLOCK_MONOTONIC), spent);
  if (failed) { fprintf(stderr, "limit: %d sends failed\n", failed); exit(1); }
}

static void control(void) {
  char line[256];
  if (!fgets(line, sizeof line, stdin)) exit(0);
  if (line[0] == 'p') publish();
  else printf("%d\n", count);
  fflush(stdout);
}

static void leave(int fd) {
  close(fd);
  for (int i = 0; i < count; i++)
    if (members[i] == fd) { members[i] = members[--count]; return; }
}

int main(int argc, char **argv) {
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (!file) { fprintf(stderr, "usage: limit FRAME_FILE\n"); return 2; }
  size = fread(frame, 1, sizeof frame, file);
  setvbuf(stdin, NULL, _IONBF, 0);
  int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0), poll_fd = epoll_create1(0);
  struct sockaddr_in at = {.sin_family = AF_INET};
  socklen_t length = sizeof at;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, (void *)&at, sizeof at) || listen(listener, 1024) || getsockname(listener, (void *)&at, &length)) {
    perror("listen");
    return 1;
  }
  printf("%d\n", ntohs(at.sin_port));
  fflush(stdout);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, listener, &event);
  event.data.fd = 0;
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, 0, &event);
  for (;;) {
    int ready = epoll_wait(poll_fd, events, 256, -1);
    for (int i = 0; i < ready; i++) {
      int fd = events[i].data.fd;
      char buffer[4096];
      if (fd == listener) {
        int peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (peer < 0) continue;
        setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        event.data.fd = peer;
        epoll_ctl(poll_fd, EPOLL_CTL_ADD, peer, &event);
      } else if (fd == 0) {
        control();
      } else {
        int r = recv(fd, buffer, sizeof buffer, 0);
        if (r < 0 && errno == EAGAIN) continue;
        if (r <= 0) leave(fd);
        else if (!memcmp(buffer, "GET", 3) && count < MOST && send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL) > 0)
          members[count++] = fd;
      }
    }
  }
}
