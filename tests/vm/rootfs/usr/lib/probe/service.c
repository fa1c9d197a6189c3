/* A service that behaves as its first argument says. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Bytes of one piece of endless output, and of one of the memory it takes. */
enum { PIECE = 1 << 16, MEMORY_PIECE = 1 << 20 };

static void say(const char *words) {
  printf("%s %d\n", words, getpid());
  fflush(stdout);
}

/* Ends well at SIGTERM. */
static void on_term(int number) {
  (void)number;
  _exit(0);
}

static _Noreturn void wait_for_ever(void) {
  for (;;) pause();
}

/* Takes memory until somebody minds. */
static int take_memory(void) {
  for (;;) {
    char *piece = mmap(NULL, MEMORY_PIECE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (piece == MAP_FAILED) return 1;
    memset(piece, 1, MEMORY_PIECE);
  }
}

/* Forks until it may not, and goes on asking. */
static _Noreturn void fork_bomb(void) {
  for (;;) {
    if (fork() < 0) usleep(1000);
  }
}

/* Writes as fast as it is read, without the end of a line. */
static int write_for_ever(void) {
  static char piece[PIECE];
  memset(piece, 'x', sizeof piece);
  for (;;) {
    if (write(STDOUT_FILENO, piece, sizeof piece) < 0) return 1;
  }
}

/* Leaves grandchildren behind that nobody waits for, in a session of their own. */
static int leave_orphans(void) {
  for (int count = 0; count < 5; count++) {
    if (fork() == 0) {
      setsid();
      if (fork() > 0) _exit(0);
      signal(SIGTERM, SIG_IGN);
      wait_for_ever();
    }
  }
  return 7;
}

int main(int count, char **words) {
  const char *act = count > 1 ? words[1] : "wait";
  say(act);
  if (strcmp(act, "exit") == 0) return count > 2 ? atoi(words[2]) : 0;
  if (strcmp(act, "kill") == 0) return raise(SIGKILL);
  if (strcmp(act, "memory") == 0) return take_memory();
  if (strcmp(act, "forks") == 0) fork_bomb();
  if (strcmp(act, "output") == 0) return write_for_ever();
  if (strcmp(act, "orphans") == 0) return leave_orphans();
  if (strcmp(act, "stopped") == 0) raise(SIGSTOP);
  if (strcmp(act, "stubborn") == 0) signal(SIGTERM, SIG_IGN);
  else signal(SIGTERM, on_term);
  wait_for_ever();
}
