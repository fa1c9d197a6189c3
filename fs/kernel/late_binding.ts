/**
 * Functions of a C library, each bound when it is first called and compiled once it is called often.
 *
 * For each synchronous function that it binds Deno compiles machine code of its own, which optimised JavaScript then calls without a
 * detour: 0.27 ms, and under emulation, where a boot binds some forty, twenty times that. A function that takes a struct
 * is called through libffi instead: bound in 0.04 ms, called in 0.5 µs where compiled code takes 0.28. So each begins
 * with a struct of one byte behind its own arguments, which it never looks at: by the calling conventions of Linux who calls
 * removes what was passed, and kernels ignore arguments that a system call has not.
 */

/** Calls from which compiled code is worth its making. */
export const CALLS_COMPILED = 1_000;

/** What goes behind the arguments of a function that is not compiled. */
const NOTHING = new Uint8Array(1);

type Call = (...given: unknown[]) => unknown;

type Symbols<Definitions extends Deno.ForeignLibraryInterface> = Deno.DynamicLibrary<
  Definitions
>["symbols"];

/** The functions of `library`. @throws {Error} By each property: the library lacks the function. */
export function boundLate<const Definitions extends Record<string, Deno.ForeignFunction>>(
  library: string,
  definitions: Definitions,
): Symbols<Definitions> {
  const functions = Object.create(null);
  for (const [name, definition] of Object.entries(definitions)) {
    const become = (value: Call): Call => {
      Object.defineProperty(functions, name, { value, enumerable: true, configurable: true });
      return value;
    };
    Object.defineProperty(functions, name, {
      configurable: true,
      enumerable: true,
      get: () => become(bound(library, { name, definition }, become)),
    });
  }
  return functions;
}

/** The same, all of them bound and compiled now. @throws {Error} The library lacks one. */
export function boundAtOnce<const Definitions extends Record<string, Deno.ForeignFunction>>(
  library: string,
  definitions: Definitions,
): Symbols<Definitions> {
  return Deno.dlopen(library, definitions).symbols;
}

interface Named {
  readonly name: string;
  readonly definition: Deno.ForeignFunction;
}

function bound(library: string, { name, definition }: Named, become: (value: Call) => Call): Call {
  // Deno compiles nothing for what runs on another thread.
  if (definition.nonblocking === true) return opened(library, { name, definition });
  const parameters = [...definition.parameters, { struct: ["u8"] } as const];
  const plain = opened(library, { name, definition: { ...definition, parameters } });
  let calls = 0;
  let compiled: Call | undefined;
  return (...given) => {
    if (compiled === undefined && ++calls < CALLS_COMPILED) return plain(...given, NOTHING);
    // Who keeps this function instead of asking for it each time gets there too.
    compiled ??= become(opened(library, { name, definition }));
    return compiled(...given);
  };
}

function opened(library: string, { name, definition }: Named): Call {
  return Deno.dlopen(library, { [name]: definition }).symbols[name] as Call;
}
