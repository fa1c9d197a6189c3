/*
 * The program of a container: `container say WORD` shows where it is and ends, `container wait` waits to be ended.
 *
 * What it is given is kept in a file of its own root, and told by the next one to run there.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Entries of a directory. */
static int entries(const char *path) {
  DIR *directory = opendir(path);
  int count = 0;
  if (directory == NULL) return -1;
  for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
    if (entry->d_name[0] != '.') count++;
  }
  closedir(directory);
  return count;
}

static int say(const char *word) {
  char before[64] = "";
  int fd = open("/said", O_RDWR | O_CREAT, 0644);
  if (fd < 0 || read(fd, before, sizeof before - 1) < 0) return 1;
  if (pwrite(fd, word, strlen(word), 0) < 0 || fsync(fd) != 0) return 1;
  printf("pid %d, interfaces %d, word %s, before %s\n", getpid(), entries("/sys/class/net"), word, before);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 3 && strcmp(argv[1], "say") == 0) return say(argv[2]);
  if (argc != 2 || strcmp(argv[1], "wait") != 0) return 2;
  for (;;) pause();
}
