// @ts-types="../types/std_assert.d.ts"
import { assertEquals, assertThrows } from "@std/assert";
import { BuildError } from "./build_error.ts";
import { parseBuildCommand } from "./command_line.ts";

function refusal(argv: readonly string[]): string {
  const error = assertThrows(() => parseBuildCommand(argv), BuildError);
  assertEquals(error.exitCode, 2);
  return error.message;
}

Deno.test("parseBuildCommand() gives up its defaults", () => {
  assertEquals(parseBuildCommand(["up"]), {
    name: "up",
    image: { flavour: "shipped" },
    machine: {
      directory: ".strata",
      httpPort: 50080,
      tlsPort: 50000,
      disk: "keep",
      accelerator: "auto",
    },
    mode: "attached",
  });
});

Deno.test("parseBuildCommand() takes every option of up", () => {
  const argv =
    "up --detach --http-port 8080 --dir /m --fresh --accel tcg --kernel k --modules m --probe";
  assertEquals(parseBuildCommand(argv.split(" ")), {
    name: "up",
    image: { flavour: "probe", kernel: "k", modules: "m" },
    machine: { directory: "/m", httpPort: 8080, disk: "fresh", accelerator: "tcg" },
    mode: "detached",
  });
});

Deno.test("parseBuildCommand() forwards to callers with certificates where it is told, or nobody told of ports", () => {
  const tlsPortOf = (...words: readonly string[]): number | undefined => {
    const command = parseBuildCommand(["up", ...words]);
    return command.name === "up" ? command.machine.tlsPort : undefined;
  };
  assertEquals([tlsPortOf("--http-port", "8080"), tlsPortOf("--tls-port", "5001")], [
    undefined,
    5001,
  ]);
  assertEquals(tlsPortOf("--http-port", "8080", "--tls-port", "5001"), 5001);
  assertEquals(refusal(["up", "--tls-port", "0"]), "Cannot use --tls-port 0: must be 1 to 65535");
});

Deno.test("parseBuildCommand() takes an image that is there already, and builds nothing then", () => {
  const up = parseBuildCommand(["up", "--image", "x.img", "--detach"]);
  assertEquals(up.name === "up" ? [up.given, up.mode] : [], ["x.img", "detached"]);
  const message = "Cannot use --image with --kernel, --probe or --workload: nothing is built";
  assertEquals(refusal(["up", "--image", "x", "--kernel", "k"]), message);
  assertEquals(refusal(["up", "--image", "x", "--probe"]), message);
  assertEquals(refusal(["up", "--image", "x", "--workload"]), message);
});

Deno.test("parseBuildCommand() knows image, down, build, clean and help", () => {
  assertEquals(parseBuildCommand(["image", "--probe"]), {
    name: "image",
    image: { flavour: "probe" },
  });
  assertEquals(parseBuildCommand(["image", "--workload"]), {
    name: "image",
    image: { flavour: "workload" },
  });
  assertEquals(parseBuildCommand(["down", "--dir", "x"]), { name: "down", directory: "x" });
  assertEquals(parseBuildCommand(["build"]), { name: "build" });
  assertEquals(parseBuildCommand(["clean"]), { name: "clean" });
  for (const argv of [["help"], ["--help"], ["up", "--help"], ["down", "-h"]]) {
    assertEquals(parseBuildCommand(argv), { name: "help" });
  }
});

Deno.test("parseBuildCommand() names what is wrong and what may be", () => {
  const choices = "may be build, image, up, down, clean or help";
  assertEquals(refusal([]), `Cannot build: no command; ${choices}`);
  assertEquals(refusal(["fly"]), `Cannot build: unknown command "fly"; ${choices}`);
  assertEquals(refusal(["up", "--http-port", "0"]), "Cannot use --http-port 0: must be 1 to 65535");
  assertEquals(
    refusal(["up", "--http-port", "1e3"]),
    "Cannot use --http-port 1e3: must be 1 to 65535",
  );
  assertEquals(refusal(["up", "--accel", "hvf"]), "Cannot use --accel hvf: may be auto, kvm, tcg");
  assertEquals(refusal(["image", "--modules", "m"]), "Cannot use --modules: it goes with --kernel");
  assertEquals(
    refusal(["down", "--now"]),
    "Cannot down: Unknown option '--now'; see build.ts help",
  );
});
