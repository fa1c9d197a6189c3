/** The runtime of the agent as a launcher: gives up all rights as far as that takes few calls, and becomes a program. */

const calls = Deno.dlopen("libc.so.6", {
  unshare: { parameters: ["i32"], result: "i32" },
  prctl: { parameters: ["i32", "u64", "u64", "u64", "u64"], result: "i32" },
  setgroups: { parameters: ["usize", "pointer"], result: "i32" },
  setresgid: { parameters: ["u32", "u32", "u32"], result: "i32" },
  setresuid: { parameters: ["u32", "u32", "u32"], result: "i32" },
  execve: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
}).symbols;

/** Of unshare(2) and prctl(2). Source: linux/sched.h, linux/prctl.h. */
const [CLONE_NEWNS, PR_SET_NO_NEW_PRIVS] = [0x2_0000, 38];

const [program = "", user = "0"] = Deno.args;
const id = Number(user);
const path = new TextEncoder().encode(`${program}\0`);
const address = Deno.UnsafePointer.value(Deno.UnsafePointer.of(path));
const refused = calls.unshare(CLONE_NEWNS) !== 0 ||
  calls.prctl(PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n) !== 0 ||
  calls.setgroups(0n, null) !== 0 ||
  calls.setresgid(id, id, id) !== 0 ||
  calls.setresuid(id, id, id) !== 0 ||
  calls.execve(path, new BigUint64Array([address, 0n]), new BigUint64Array([0n])) !== 0;
throw new Error(`Cannot become ${program}: refused is ${refused}`);
