/*
 * own_directory PATH UID: makes the directory PATH, that user's and no other's, unless it is there, and what is missing
 * above it. It has its name once it is as it should be, so that who waits for it can use it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int failed(const char *what, const char *path) {
  fprintf(stderr, "own_directory: %s: ", what);
  perror(path);
  return 1;
}

int main(int argc, char **argv) {
  char new[4096];
  struct stat status;
  if (argc != 3) return 2;
  if (stat(argv[1], &status) == 0) return 0;
  uid_t uid = (uid_t)atol(argv[2]);
  for (char *slash = argv[1]; (slash = strchr(slash + 1, '/')) != NULL;) {
    *slash = 0;
    if (mkdir(argv[1], 0755) != 0 && errno != EEXIST) return failed("mkdir", argv[1]);
    *slash = '/';
  }
  snprintf(new, sizeof new, "%s.new", argv[1]);
  if (mkdir(new, 0700) != 0 && errno != EEXIST) return failed("mkdir", new);
  if (chown(new, uid, uid) != 0) return failed("chown", new);
  if (rename(new, argv[1]) != 0) return failed("rename", new);
  return 0;
}
