/**
 * Functions of a C library, each bound when it is first called and compiled once it is called often.
 *
 * For each synchronous function that it binds Deno compiles machine code of its own, which optimised JavaScript then calls
 * without a detour: 0.27 ms natively, and of an emulated boot 6 % of PID 1's own time. A function that takes a struct is
 * called through libffi instead: bound in 0.04 ms, called in 0.5 µs where compiled code takes 0.28. So each begins with a
 * struct of one byte, a zero, behind its own arguments, which it never looks at: by the calling conventions of Linux who
 * calls removes what was passed, and kernels ignore arguments that a system call has not.
 */

/** Calls from which compiled code is worth its making. */
export const CALLS_COMPILED = 1_000;

/** What goes behind the arguments of a function that is not compiled. */
const NOTHING = new Uint8Array(1);

/** A function of a library. */
export type Call = (...given: unknown[]) => unknown;

/** Finds a function in a library. @throws {Error} It is not there. */
export type Finder = (name: string, definition: Deno.ForeignFunction) => Call;

type Symbols<Definitions extends Deno.ForeignLibraryInterface> = Deno.DynamicLibrary<
  Definitions
>["symbols"];

/** Finds functions in `library`, which is opened for each. */
export function finder(library: string): Finder {
  return (name, definition) => Deno.dlopen(library, { [name]: definition }).symbols[name] as Call;
}

/** The functions that `find` finds. @throws {Error} By each property: there is no such function. */
export function boundLate<const Definitions extends Record<string, Deno.ForeignFunction>>(
  find: Finder,
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
      get: () =>
        // Deno compiles nothing for what runs on another thread.
        become(
          definition.nonblocking
            ? find(name, definition)
            : plain(find, name, { definition, become }),
        ),
    });
  }
  return functions;
}

function plain(
  find: Finder,
  name: string,
  { definition, become }: {
    readonly definition: Deno.ForeignFunction;
    readonly become: (value: Call) => Call;
  },
): Call {
  const parameters = [...definition.parameters, { struct: ["u8"] } as const];
  const call = find(name, { ...definition, parameters });
  let calls = 0;
  let compiled: Call | undefined;
  return (...given) => {
    // Who keeps this function instead of asking for it each time gets to compiled code too.
    if (calls < CALLS_COMPILED && ++calls === CALLS_COMPILED) {
      compiled = orNothing(() => become(find(name, definition)));
    }
    return compiled === undefined ? call(...given, NOTHING) : compiled(...given);
  };
}

/** Undefined where it fails: what works without goes on without. */
function orNothing<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
