/* Tries what somebody would who has taken over the network face. One line an attempt: its name, and the errno or `done`. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

static void told(const char *attempt, long result) {
  printf("%s %s\n", attempt, result < 0 ? strerrorname_np(errno) : "done");
}

static long opened(const char *path, int flags) {
  long fd = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0600);
  if (fd >= 0) close(fd);
  return fd;
}

static long connected(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  long result = connect(fd, (struct sockaddr *)&address, sizeof address);
  int error = errno;
  close(fd);
  errno = error;
  return result;
}

static long joined(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  return fd < 0 ? fd : setns(fd, 0);
}

int main(void) {
  told("become root", setuid(0));
  told("become another group", setgid(0));
  told("mount a file system", mount("tmpfs", "/tmp", "tmpfs", 0, ""));
  told("mount its root anew", mount("", "/", "", MS_REMOUNT | MS_BIND, ""));
  told("unmount its root", umount2("/", MNT_DETACH));
  told("change its root", chroot("/tmp"));
  told("make a user namespace", unshare(CLONE_NEWUSER));
  told("make a mount namespace", unshare(CLONE_NEWNS));
  told("make a network namespace", unshare(CLONE_NEWNET));
  told("join the first mount namespace", joined("/proc/1/ns/mnt"));
  told("signal the first process", kill(1, 0));
  told("trace the first process", ptrace(PTRACE_ATTACH, 1, 0, 0));
  told("read the first process's memory", opened("/proc/1/mem", O_RDONLY));
  told("read the first process's environment", opened("/proc/1/environ", O_RDONLY));
  told("make a device", mknod("/tmp/disk", S_IFBLK | 0600, makedev(254, 0)));
  told("open a disk", opened("/dev/vda", O_RDONLY));
  told("open the memory", opened("/dev/mem", O_RDONLY));
  told("open the kernel's log", opened("/dev/kmsg", O_WRONLY));
  told("write to its root", opened("/written", O_WRONLY | O_CREAT));
  told("write to its program", opened("/usr/bin/strata", O_WRONLY));
  told("read the token", opened("/var/system/token", O_RDONLY));
  told("read /etc of the machine", opened("/etc/machine-id", O_RDONLY));
  told("write to a cgroup", opened("/sys/fs/cgroup/cgroup.procs", O_WRONLY));
  told("call by root's socket", connected("/system/run/strata/strata.sock"));
  told("call by root's socket of HTTP", connected("/system/run/strata/http.sock"));
  told("load a module", syscall(SYS_finit_module, 0, "", 0));
  told("restart the machine", reboot(RB_DISABLE_CAD));
  told("name the machine", sethostname("mine", 4));
  told("send raw packets", socket(AF_INET, SOCK_RAW, 1));
  told("see all packets", socket(AF_PACKET, SOCK_RAW, 0));
  told("be nicer to itself", setpriority(PRIO_PROCESS, 0, -10));
  told("open more files than it may",
       setrlimit(RLIMIT_NOFILE, &(struct rlimit){1 << 21, 1 << 21}));
  told("load a program of BPF", syscall(SYS_bpf, 5, 0, 0));
  told("watch page faults", syscall(SYS_userfaultfd, 0));
  fflush(stdout);
  for (;;) pause();
}
