/** The completion scripts, run by the shells they are for, against an agent. */
// @ts-types="types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { type Bench, hostBench, strataProgram, surroundings } from "./host_process.ts";

/** What is typed, and what each shell makes of it. */
interface Case {
  readonly typed: string;
  /** All that is offered. */
  readonly offered: readonly string[];
}

/** Of types, ids, namespaces, controllers, fields, choices and commands: each from where it is known. */
const CASES: readonly Case[] = [
  { typed: "strata get mountstatuses.f", offered: ["mountstatuses.fs"] },
  { typed: "strata get namespaces net", offered: ["network"] },
  { typed: "strata why -n me", offered: ["meta"] },
  {
    typed: "strata graph --controller runtime.MachineS",
    offered: ["runtime.MachineStatusController"],
  },
  { typed: "strata explain volumes.re", offered: ["volumes.refused.", "volumes.repairs."] },
  { typed: "strata get mounts -o j", offered: ["json", "jsonpath="] },
  { typed: "strata config v", offered: ["view"] },
  { typed: "strata --context ho", offered: ["home"] },
  { typed: "strata boot plot --output s", offered: ["svg"] },
  { typed: "strata nonsense x", offered: [] },
];

/** A shell in a world where `strata` is a program, and an agent answers. */
async function shellBench(): Promise<
  { bench: Bench; run: (program: string, args: readonly string[]) => Promise<string> }
> {
  const bench = await hostBench();
  await bench.serve();
  const programs = await strataProgram(bench.folder);
  const env = {
    ...surroundings(bench.folder),
    PATH: `${programs}:${Deno.env.get("PATH")}`,
    STRATA_ENDPOINT: `unix:${bench.grpcSocket}`,
    TERM: "dumb",
    XDG_DATA_HOME: `${bench.folder}/data`,
  };
  const added = await bench.strata("config", "add", "home", "--endpoint", "unix:/nowhere");
  assertEquals(added.code, 0, added.stderr);
  return {
    bench,
    async run(program, args) {
      const { code, stdout, stderr } = await new Deno.Command(program, {
        args: [...args],
        env,
        stdin: "null",
      }).output();
      const text = new TextDecoder();
      assertEquals([code, text.decode(stderr)], [0, ""], program);
      return text.decode(stdout);
    },
  };
}

Deno.test("completion offers words of the machine, of types and of contexts in bash", async () => {
  const { bench, run } = await shellBench();
  await using _ = bench;
  const { stdout } = await bench.strata("completion", "bash");
  const script = `${bench.folder}/strata.bash`;
  // As readline calls it: words broken at the usual characters, and the line up to the cursor.
  await Deno.writeTextFile(
    script,
    `${stdout}
offered() {
  COMP_LINE="$1 and more" COMP_POINT=\${#1}
  read -ra COMP_WORDS <<<"\${1//=/ = }"
  [[ "$1" == *" " || "$1" == *= ]] && COMP_WORDS+=("")
  COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
  _strata
  (( \${#COMPREPLY[@]} )) && printf '%s\\n' "\${COMPREPLY[@]}"
  return 0
}
`,
  );
  const offered = async (typed: string): Promise<readonly string[]> => {
    const out = await run("bash", [
      "--norc",
      "-c",
      `source '${script}'; offered "$1"`,
      "bash",
      typed,
    ]);
    return out.split("\n").filter((line) => line !== "");
  };
  for (const { typed, offered: words } of CASES) assertEquals(await offered(typed), words, typed);
  assertEquals(await offered("strata get mounts --output=ya"), ["yaml"]);
  await Deno.writeTextFile(`${bench.folder}/image file.img`, "");
  assertEquals(await offered(`strata verify ${bench.folder}/ima`), [
    `${bench.folder}/image file.img`,
  ]);
});

Deno.test("completion offers words of the machine, of types and of contexts in fish", async () => {
  const { bench, run } = await shellBench();
  await using _ = bench;
  const { stdout } = await bench.strata("completion", "fish");
  const script = `${bench.folder}/strata.fish`;
  await Deno.writeTextFile(script, stdout);
  const offered = async (typed: string): Promise<readonly string[]> => {
    const out = await run("fish", [
      "--no-config",
      "-c",
      `source '${script}'; complete -C '${typed}'`,
    ]);
    return out.split("\n").filter((line) => line !== "").map((line) => line.split("\t")[0] ?? "");
  };
  for (const { typed, offered: words } of CASES) {
    assertEquals([...await offered(typed)].sort(), words, typed);
  }
  assertEquals(await offered("strata get mounts --output=ya"), ["--output=yaml"]);
  await Deno.writeTextFile(`${bench.folder}/image.img`, "");
  assertEquals(await offered(`strata verify ${bench.folder}/ima`), [`${bench.folder}/image.img`]);
});

Deno.test("completion completes a typed line in zsh, in a terminal", async () => {
  const { bench, run } = await shellBench();
  await using _ = bench;
  const { stdout } = await bench.strata("completion", "zsh");
  const { folder } = bench;
  await Deno.writeTextFile(`${folder}/strata.zsh`, stdout);
  // The shell under test: a key completes the line and tells what it has become.
  await Deno.writeTextFile(
    `${folder}/inner.zsh`,
    `PS1= PROMPT= RPROMPT=
autoload -Uz compinit
compinit -u -D
source ${folder}/strata.zsh
unsetopt prompt_cr prompt_sp beep
probe() { zle complete-word; print -rn -- "GOT[$BUFFER]"; BUFFER= }
zle -N probe
bindkey '^X' probe
print READY
`,
  );
  await Deno.writeTextFile(
    `${folder}/outer.zsh`,
    `zmodload zsh/zpty
zpty inner zsh -f -i
zpty -w inner 'source ${folder}/inner.zsh'
zpty -r inner out '*READY*'
for typed in "$@"; do
  zpty -w -n inner "$typed"$'\\x18'
  zpty -r inner out '*GOT\\[*\\]*'
  print -r -- "\${\${out##*GOT\\[}%%\\]*}|"
done
zpty -d inner
`,
  );
  await Deno.writeTextFile(`${folder}/image.img`, "");
  const cases = [
    ["strata get mountstatuses.f", "strata get mountstatuses.fs "],
    ["strata get namespaces net", "strata get namespaces network "],
    ["strata get mounts --output=ya", "strata get mounts --output=yaml "],
    ["strata get mounts -o jsonp", "strata get mounts -o jsonpath="],
    ["strata explain volumes.repairs.o", "strata explain volumes.repairs.outcome"],
    ["strata --context ho", "strata --context home "],
    ["strata config vi", "strata config view "],
    [`strata verify ${folder}/ima`, `strata verify ${folder}/image.img `],
    ["strata nonsense x", "strata nonsense x"],
  ] as const;
  const typed = cases.map(([line]) => line);
  const out = await run("zsh", ["-f", `${folder}/outer.zsh`, ...typed]);
  assertEquals(out.split("|\n").slice(0, -1), cases.map(([, line]) => line));
});
