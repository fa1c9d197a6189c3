/* Calls the machine by a unix socket of HTTP, one call after the other: `caller SOCKET PATH`. Says how it goes. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Calls between two lines of its own, and microseconds between two calls. */
enum { CALLS_A_LINE = 20, PAUSE_US = 5000 };

/* Bytes of an answer at most. */
enum { ANSWER_MAX = 1 << 16 };

/* One call on a connection of its own. Returns whether it was answered with 200. */
static int call(const struct sockaddr_un *address, const char *request) {
  static char answer[ANSWER_MAX];
  size_t length = 0;
  int line = socket(AF_UNIX, SOCK_STREAM, 0);
  if (line < 0) return 0;
  if (connect(line, (const struct sockaddr *)address, sizeof *address) == 0 &&
      write(line, request, strlen(request)) == (ssize_t)strlen(request)) {
    ssize_t count;
    while (length < sizeof answer - 1 && (count = read(line, answer + length, sizeof answer - 1 - length)) > 0) {
      length += (size_t)count;
    }
  }
  close(line);
  answer[length] = 0;
  return strncmp(answer, "HTTP/1.1 200 ", 13) == 0;
}

int main(int count, char **words) {
  if (count != 3) return 2;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char request[512];
  strncpy(address.sun_path, words[1], sizeof address.sun_path - 1);
  snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n", words[2]);
  unsigned long answered = 0, failed = 0;
  for (;;) {
    if (call(&address, request)) answered++;
    else failed++;
    if ((answered + failed) % CALLS_A_LINE == 0) {
      printf("answered %lu failed %lu\n", answered, failed);
      fflush(stdout);
    }
    usleep(PAUSE_US);
  }
}
