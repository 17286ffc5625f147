/* The same bytes to many sockets in one call; see burst.py. Build: make native */
#include <stddef.h>
#include <sys/socket.h>
#include <sys/types.h>

/* Writes `frame` to each of `count` sockets without waiting. `taken[i]` is how much socket i took, 0 after an error.
   Returns how many did not take all of it. */
int burst(const int *sockets, int count, const void *frame, size_t size, long *taken)
{
    int overflows = 0;
    for (int i = 0; i < count; i++) {
        ssize_t sent = send(sockets[i], frame, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        taken[i] = sent < 0 ? 0 : (long)sent;
        overflows += taken[i] != (long)size;
    }
    return overflows;
}
