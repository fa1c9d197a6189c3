/** The C library: every function that is called, its C prototype, and how a refusal becomes an error. */
import { boundLate, finder } from "./late_binding.ts";
import { SyscallError } from "./syscall_error.ts";

const LIBRARY = "libc.so.6";

// Through syscall(2) go the calls glibc has no wrapper for: it sets errno as any wrapper does. It is variadic in C,
// as open, openat and ioctl are; on x86-64 integers and pointers travel the same way in both kinds of call.
// deno-fmt-ignore: one function, one row
const SYMBOLS = {
  /* int *__errno_location(void) */
  __errno_location: { parameters: [], result: "pointer" },

  /* int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data) */
  mount: { parameters: ["buffer", "buffer", "buffer", "u64", "buffer"], result: "i32" },
  mount_outside: { name: "mount", parameters: ["buffer", "buffer", "buffer", "u64", "buffer"], result: "i32", nonblocking: true },
  /* int umount2(const char *target, int flags) */
  umount2: { parameters: ["buffer", "i32"], result: "i32" },
  /* int open_tree(int dirfd, const char *path, unsigned flags) */
  open_tree: { name: "syscall", parameters: ["i64", "i32", "buffer", "u32"], result: "i32" },
  /* int move_mount(int from, const char *from_path, int to, const char *to_path, unsigned flags) */
  move_mount: { name: "syscall", parameters: ["i64", "i32", "buffer", "i32", "buffer", "u32"], result: "i32" },
  /* int mount_setattr(int dirfd, const char *path, unsigned flags, struct mount_attr *attr, size_t size) */
  mount_setattr: { name: "syscall", parameters: ["i64", "i32", "buffer", "u32", "buffer", "usize"], result: "i32" },
  /* int fsopen(const char *type, unsigned flags) */
  fsopen: { name: "syscall", parameters: ["i64", "buffer", "u32"], result: "i32" },
  /* int fspick(int dirfd, const char *path, unsigned flags) */
  fspick: { name: "syscall", parameters: ["i64", "i32", "buffer", "u32"], result: "i32" },
  /* int fsconfig(int fd, unsigned command, const char *key, const void *value, int aux) */
  fsconfig: { name: "syscall", parameters: ["i64", "i32", "u32", "buffer", "buffer", "i32"], result: "i32" },
  /* int fsmount(int fd, unsigned flags, unsigned attributes) */
  fsmount: { name: "syscall", parameters: ["i64", "i32", "u32", "u32"], result: "i32" },
  /* int chdir(const char *path) */
  chdir: { parameters: ["buffer"], result: "i32" },
  /* int chroot(const char *path) */
  chroot: { parameters: ["buffer"], result: "i32" },
  /* int statfs(const char *path, struct statfs *buf) */
  statfs: { parameters: ["buffer", "buffer"], result: "i32" },

  /* int openat(int dirfd, const char *path, int flags, mode_t mode) */
  openat: { parameters: ["i32", "buffer", "i32", "u32"], result: "i32" },
  /* int openat2(int dirfd, const char *path, struct open_how *how, size_t size) */
  openat2: { name: "syscall", parameters: ["i64", "i32", "buffer", "buffer", "usize"], result: "i32" },
  /* int close(int fd) */
  close: { parameters: ["i32"], result: "i32" },
  /* ssize_t read(int fd, void *buf, size_t count) */
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  /* off_t lseek(int fd, off_t offset, int whence) */
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  /* ssize_t write(int fd, const void *buf, size_t count) */
  write: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  /* ssize_t pread(int fd, void *buf, size_t count, off_t offset) */
  pread: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
  pread_outside: { name: "pread", parameters: ["i32", "buffer", "usize", "i64"], result: "isize", nonblocking: true },
  /* ssize_t pwrite(int fd, const void *buf, size_t count, off_t offset) */
  pwrite: { parameters: ["i32", "buffer", "usize", "i64"], result: "isize" },
  /* int fsync(int fd) */
  fsync: { parameters: ["i32"], result: "i32" },
  /* int fchmod(int fd, mode_t mode) */
  fchmod: { parameters: ["i32", "u32"], result: "i32" },
  /* int fchown(int fd, uid_t owner, gid_t group) */
  fchown: { parameters: ["i32", "u32", "u32"], result: "i32" },
  /* int chmod(const char *path, mode_t mode) */
  chmod: { parameters: ["buffer", "u32"], result: "i32" },
  /* int mkdir(const char *path, mode_t mode) */
  mkdir: { parameters: ["buffer", "u32"], result: "i32" },
  /* int rename(const char *from, const char *to) */
  rename: { parameters: ["buffer", "buffer"], result: "i32" },
  /* int unlinkat(int dirfd, const char *path, int flags) */
  unlinkat: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  /* int symlink(const char *target, const char *path) */
  symlink: { parameters: ["buffer", "buffer"], result: "i32" },
  /* ssize_t readlinkat(int dirfd, const char *path, char *buf, size_t size) */
  readlinkat: { parameters: ["i32", "buffer", "buffer", "usize"], result: "isize" },
  /* int statx(int dirfd, const char *path, int flags, unsigned mask, struct statx *buf) */
  statx: { parameters: ["i32", "buffer", "i32", "u32", "buffer"], result: "i32" },
  /* ssize_t listxattr(const char *path, char *list, size_t size) */
  listxattr: { parameters: ["buffer", "buffer", "usize"], result: "isize" },
  /* ssize_t getxattr(const char *path, const char *name, void *value, size_t size) */
  getxattr: { parameters: ["buffer", "buffer", "buffer", "usize"], result: "isize" },
  /* ssize_t getdents64(int fd, void *buf, size_t size) */
  getdents64: { name: "syscall", parameters: ["i64", "i32", "buffer", "usize"], result: "isize" },
  /* int ioctl(int fd, unsigned long request, void *argument) */
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  /* int poll(struct pollfd *fds, nfds_t count, int timeout) */
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32" },
  poll_outside: { name: "poll", parameters: ["buffer", "u64", "i32"], result: "i32", nonblocking: true },
  /* int eventfd(unsigned initial, int flags) */
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  /* int inotify_init1(int flags) */
  inotify_init1: { parameters: ["i32"], result: "i32" },
  /* int inotify_add_watch(int fd, const char *path, uint32_t mask) */
  inotify_add_watch: { parameters: ["i32", "buffer", "u32"], result: "i32" },

  /* int finit_module(int fd, const char *parameters, int flags) */
  finit_module: { name: "syscall", parameters: ["i64", "i32", "buffer", "i32"], result: "i32" },
  finit_module_outside: { name: "syscall", parameters: ["i64", "i32", "buffer", "i32"], result: "i32", nonblocking: true },
  /* int waitid(idtype_t type, id_t id, siginfo_t *info, int options) */
  waitid: { parameters: ["i32", "u32", "buffer", "i32"], result: "i32" },
  /* int kill(pid_t pid, int signal) */
  kill: { parameters: ["i32", "i32"], result: "i32" },
  /* int pidfd_open(pid_t pid, unsigned flags) */
  pidfd_open: { name: "syscall", parameters: ["i64", "i32", "u32"], result: "i32" },
  /* int pidfd_send_signal(int pidfd, int signal, siginfo_t *info, unsigned flags) */
  pidfd_send_signal: { name: "syscall", parameters: ["i64", "i32", "i32", "buffer", "u32"], result: "i32" },
  /* int memfd_create(const char *name, unsigned flags) */
  memfd_create: { parameters: ["buffer", "u32"], result: "i32" },
  /* int setrlimit(int resource, const struct rlimit *limit) */
  setrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  /* int malloc_trim(size_t pad) */
  malloc_trim_outside: { name: "malloc_trim", parameters: ["usize"], result: "i32", nonblocking: true },
  /* uid_t geteuid(void) */
  geteuid: { parameters: [], result: "u32" },
  /* int clock_gettime(clockid_t clock, struct timespec *time) */
  clock_gettime: { parameters: ["i32", "buffer"], result: "i32" },

  /* int sethostname(const char *name, size_t length) */
  sethostname: { parameters: ["buffer", "usize"], result: "i32" },
  /* unsigned if_nametoindex(const char *name) */
  if_nametoindex: { parameters: ["buffer"], result: "u32" },
  /* int socket(int domain, int type, int protocol) */
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  /* ssize_t send(int fd, const void *buf, size_t length, int flags) */
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  /* ssize_t recv(int fd, void *buf, size_t length, int flags) */
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },

  /* void sync(void) */
  sync_outside: { name: "sync", parameters: [], result: "void", nonblocking: true },
  /* int reboot(int command); glibc adds the magic numbers */
  reboot: { parameters: ["i32"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

type Calls = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/**
 * The C library, open.
 *
 * Names in `_outside` run on another thread: their errno is lost, so who gets a −1 from one asks again with the
 * synchronous one.
 */
export interface Libc {
  readonly call: Calls;
  /** Of the last synchronous call: read it before the next one. */
  errno(): number;
  /** The refusal of the last synchronous call: make it before the next one. */
  refused(call: string, subject: string): SyscallError;
}

/**
 * Opens glibc. Needs every permission, as all of FFI does.
 *
 * @param bind `late`: each function when it is first used.
 * @throws {Error} `at once`: the library lacks a function.
 */
export function openLibc(bind: "late" | "at once"): Libc {
  const call: Calls = bind === "late"
    ? boundLate(finder(LIBRARY), SYMBOLS)
    : Deno.dlopen(LIBRARY, SYMBOLS).symbols;
  const location = call.__errno_location();
  if (location === null) throw new Error("Cannot find errno: __errno_location() is NULL");
  // It belongs to the thread, and JavaScript stays on the one it began on. Seen as an array, since every operation of Deno
  // may wait for a lock that another thread holds, and such a wait leaves its own errno, EAGAIN, before this one is read.
  const cell = new Int32Array(Deno.UnsafePointerView.getArrayBuffer(location, 4));
  const errno = (): number => cell[0] ?? 0;
  return {
    call,
    errno,
    refused: (name, subject) => new SyscallError({ call: name, errno: errno(), subject }),
  };
}

/** A C string. @throws {RangeError} `text` holds a NUL. */
export function cstr(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) {
    throw new RangeError(`Cannot use ${JSON.stringify(text)}: it holds a NUL`);
  }
  return new TextEncoder().encode(`${text}\0`);
}

/** What the C string at the start of `bytes` says; what is not UTF-8 becomes U+FFFD. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end));
}
