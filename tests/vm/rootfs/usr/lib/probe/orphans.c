/* Leaves argv[1] orphans behind that end one after another, then ends itself with status 7. */
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int count = argc > 1 ? atoi(argv[1]) : 1;
  for (int i = 0; i < count; i++) {
    pid_t pid = fork();
    if (pid < 0) return 1;
    if (pid == 0) {
      if (fork() == 0) {
        usleep(1000 * (i % 50));
        _exit(3);
      }
      _exit(0);
    }
  }
  return 7;
}
