/**
 * The first program of the machine: a few hundred bytes of machine code that have the kernel load its modules while the
 * agent starts. V8 takes longer to start than everything else in a boot, on one processor; the others are idle.
 *
 * In C: `if (fork() == 0) { for (each module) { fd = open(it, O_RDONLY | O_CLOEXEC); finit_module(fd, "", 0); close(fd); }
 * _exit(0); } execve(agent, argv, envp); _exit(1);` What cannot be loaded is left to the agent, which looks at each.
 */

import { int32, LOAD_ADDRESS, PROGRAM_AT, staticProgram } from "./machine_code.ts";

/** Paths in the initramfs. */
export interface FirstStage {
  /** Executed with the arguments and the environment the kernel gave. */
  readonly agent: string;
  /** Uncompressed modules in the order they are loaded: what is needed comes before who needs it. */
  readonly modules: readonly string[];
}

/** Numbers of system calls on x86-64. Source: asm/unistd_64.h. */
const SYS = { open: 2, close: 3, fork: 57, execve: 59, exit: 60, finitModule: 313 };

const O_CLOEXEC = 0x8_0000;

/** Makes the program: a static ELF file for x86-64. */
export function firstStage({ agent, modules }: FirstStage): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder();
  // An empty string ends the list, and is the modules' parameters.
  const data = text.encode([agent, ...modules, ""].map((path) => `${path}\0`).join(""));
  const listAt = text.encode(agent).length + 1;
  const dataAt = LOAD_ADDRESS + PROGRAM_AT;
  const code = machineCode({
    agent: dataAt,
    list: dataAt + listAt,
    empty: dataAt + data.length - 1,
  });
  return staticProgram({ data, code });
}

interface Addresses {
  readonly agent: number;
  readonly list: number;
  readonly empty: number;
}

/** Jumps are counted from the end of their own two bytes, so each is made from the lengths of what lies between. */
// deno-fmt-ignore: one instruction, one row
function machineCode({ agent, list, empty }: Addresses): Uint8Array<ArrayBuffer> {
  const open = [
    ...moveEax(SYS.open),
    0x48, 0x89, 0xdf,                    // mov rdi, rbx
    0xbe, ...int32(O_CLOEXEC),           // mov esi, O_CLOEXEC
    0x31, 0xd2,                          // xor edx, edx
    0x0f, 0x05,                          // syscall
    0x85, 0xc0,                          // test eax, eax
  ];
  const load = [
    0x89, 0xc5,                          // mov ebp, eax
    0x89, 0xc7,                          // mov edi, eax
    ...moveEax(SYS.finitModule),
    0xbe, ...int32(empty),               // mov esi, empty
    0x31, 0xd2,                          // xor edx, edx
    0x0f, 0x05,                          // syscall
    0x89, 0xef,                          // mov edi, ebp
    ...moveEax(SYS.close),
    0x0f, 0x05,                          // syscall
  ];
  const next = [
    0x48, 0xff, 0xc3,                    // inc rbx
    0x80, 0x7b, 0xff, 0x00,              // cmp byte [rbx - 1], 0
    0x75, -9 & 0xff,                     // jne inc
  ];
  const atEnd = [0x80, 0x3b, 0x00];      // cmp byte [rbx], 0
  const one = [...open, 0x78, load.length, ...load, ...next]; // js next
  const child = [
    0xbb, ...int32(list),                // mov ebx, list
    ...atEnd,
    0x74, one.length + 2,                // je  exit
    ...one,
    0xeb, -(atEnd.length + 2 + one.length + 2) & 0xff, // jmp cmp
    ...exit(0),
  ];
  return new Uint8Array([
    ...moveEax(SYS.fork),
    0x0f, 0x05,                          // syscall
    0x85, 0xc0,                          // test eax, eax
    0x75, child.length,                  // jnz parent
    ...child,
    // parent:
    0xbf, ...int32(agent),               // mov edi, agent
    0x48, 0x8d, 0x74, 0x24, 0x08,        // lea rsi, [rsp + 8]: argv
    0x48, 0x8b, 0x04, 0x24,              // mov rax, [rsp]: argc
    0x48, 0x8d, 0x54, 0xc4, 0x10,        // lea rdx, [rsp + 8 * rax + 16]: envp
    ...moveEax(SYS.execve),
    0x0f, 0x05,                          // syscall
    ...exit(1),
  ]);
}

function exit(status: number): number[] {
  return [...moveEax(SYS.exit), 0xbf, ...int32(status), 0x0f, 0x05]; // mov edi, status; syscall
}

function moveEax(value: number): number[] {
  return [0xb8, ...int32(value)];
}
