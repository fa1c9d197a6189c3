/*
 * etc_reader FILE LAST: opens and reads FILE again and again until it holds update number LAST, and says what it saw.
 *
 * An update is "ours N xxx... N\n". What does not begin so is foreign, what does not end so is torn, and one that is
 * older than what was read before went back.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
  static char text[8192];
  long reads = 0, changes = 0, missing = 0, foreign = 0, torn = 0, back = 0, newest = -1;
  if (argc != 3) return 2;
  long last = atol(argv[2]);
  while (newest < last) {
    reads++;
    int fd = open(argv[1], O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      missing++;
      continue;
    }
    ssize_t length = 0, more;
    while ((more = read(fd, text + length, sizeof text - 1 - length)) > 0) length += more;
    close(fd);
    text[length] = 0;
    long begin, end;
    char tail[32];
    if (sscanf(text, "ours %ld ", &begin) != 1) {
      foreign++;
      continue;
    }
    end = snprintf(tail, sizeof tail, " %ld\n", begin);
    if (length < end || strcmp(text + length - end, tail) != 0) {
      torn++;
      continue;
    }
    if (begin < newest) back++;
    if (begin != newest) changes++;
    newest = begin;
  }
  printf("{\"reads\":%ld,\"changes\":%ld,\"missing\":%ld,\"foreign\":%ld,\"torn\":%ld,\"back\":%ld}\n", reads, changes,
         missing, foreign, torn, back);
  return 0;
}
