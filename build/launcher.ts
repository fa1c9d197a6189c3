/**
 * What every service begins as: a program of some two hundred bytes that makes system calls from a list, the last of them
 * execve. Runtimes have threads, so they cannot make themselves into what a service is, and a program of the image that
 * could do all of it would be a shell.
 *
 * In C:
 *
 *     int fd = open(argv[1], O_RDWR);
 *     if (fd < 0) exit(-fd);
 *     header = mmap(ADDRESS, BYTES_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);
 *     if (header < 0) exit(-header);
 *     for (step = header + 1;; step++) {
 *       header->step = step;
 *       result = syscall(step->number, step->arguments…);
 *       if (result >= 0 || result == step->tolerated) continue;
 *       header->result = result;
 *       exit(REFUSED);
 *     }
 *
 * The list is made, and laid out, by fs/kernel/launch_steps.ts. The mapping is shared, so that who made the list reads in
 * it which step was refused; execve takes it away from the program.
 */
import { MMAP, NR, O } from "../fs/kernel/constants.ts";
import { LAUNCH } from "../fs/kernel/launch_steps.ts";
import { int32, staticProgram } from "./machine_code.ts";

const SYSCALL = [0x0f, 0x05];

/** Makes the program: a static ELF file for x86-64. */
export function launcher(): Uint8Array<ArrayBuffer> {
  return staticProgram({ data: new Uint8Array(), code: new Uint8Array([...begin(), ...steps()]) });
}

/** Maps the list, and leaves the address of its first step in rbx. */
// deno-fmt-ignore: one instruction, one row
function begin(): readonly number[] {
  // The errno is what is left of the result when its sign is turned.
  const exitWithErrno = [
    0x89, 0xc7,                                        // mov edi, eax
    0xf7, 0xdf,                                        // neg edi
    ...moveEax(NR.exit),
    ...SYSCALL,
  ];
  const whenRefused = [
    0x48, 0x85, 0xc0,                                  // test rax, rax
    0x79, exitWithErrno.length,                        // jns over it
    ...exitWithErrno,
  ];
  return [
    0x48, 0x8b, 0x7c, 0x24, 0x10,                      // mov rdi, [rsp + 16]: argv[1]
    0xbe, ...int32(O.RDWR),                            // mov esi, O_RDWR
    0x31, 0xd2,                                        // xor edx, edx
    ...moveEax(NR.open),
    ...SYSCALL,
    ...whenRefused,
    0x41, 0x89, 0xc0,                                  // mov r8d, eax
    0xbf, ...int32(LAUNCH.ADDRESS),                    // mov edi, ADDRESS
    0xbe, ...int32(LAUNCH.BYTES_MAX),                  // mov esi, BYTES_MAX
    0xba, ...int32(MMAP.PROT_READ | MMAP.PROT_WRITE),  // mov edx, …
    0x41, 0xba, ...int32(MMAP.MAP_SHARED | MMAP.MAP_FIXED), // mov r10d, …
    0x45, 0x31, 0xc9,                                  // xor r9d, r9d
    ...moveEax(NR.mmap),
    ...SYSCALL,
    ...whenRefused,
    0xbb, ...int32(LAUNCH.ADDRESS + LAUNCH.HEADER_BYTES), // mov ebx, the first step
  ];
}

/** Jumps are counted from the end of their own bytes, so each is made from the lengths of what lies between. */
// deno-fmt-ignore: one instruction, one row
function steps(): readonly number[] {
  const step = [
    0x48, 0x89, 0x1c, 0x25, ...int32(LAUNCH.ADDRESS),  // mov [ADDRESS], rbx
    0x48, 0x8b, 0x03,                                  // mov rax, [rbx]
    0x48, 0x8b, 0x7b, 0x08,                            // mov rdi, [rbx + 8]
    0x48, 0x8b, 0x73, 0x10,                            // mov rsi, [rbx + 16]
    0x48, 0x8b, 0x53, 0x18,                            // mov rdx, [rbx + 24]
    0x4c, 0x8b, 0x53, 0x20,                            // mov r10, [rbx + 32]
    0x4c, 0x8b, 0x43, 0x28,                            // mov r8, [rbx + 40]
    0x4c, 0x8b, 0x4b, 0x30,                            // mov r9, [rbx + 48]
    ...SYSCALL,
  ];
  const refused = [
    0x48, 0x89, 0x04, 0x25, ...int32(LAUNCH.ADDRESS + 8), // mov [ADDRESS + 8], rax
    0xbf, ...int32(LAUNCH.REFUSED),                    // mov edi, REFUSED
    ...moveEax(NR.exit),
    ...SYSCALL,
  ];
  const isTolerated = [
    0x48, 0x3b, 0x43, LAUNCH.TOLERATED_OFFSET,         // cmp rax, [rbx + TOLERATED_OFFSET]
    0x74, refused.length,                              // je over it
    ...refused,
  ];
  const loop = [
    ...step,
    0x48, 0x85, 0xc0,                                  // test rax, rax
    0x79, isTolerated.length,                          // jns over it
    ...isTolerated,
    0x48, 0x83, 0xc3, LAUNCH.STEP_BYTES,               // add rbx, STEP_BYTES
  ];
  return [
    ...loop,
    0xeb, -(loop.length + 2) & 0xff,                   // jmp step
  ];
}

function moveEax(value: bigint): number[] {
  return [0xb8, ...int32(Number(value))];
}
