// @ts-types="../../../types/std_assert.d.ts"
import { assertEquals, assertStringIncludes } from "@std/assert";
import { ServiceBench } from "../../../tests/fakes/services.ts";
import { ServiceHealth, ServiceRestart, ServiceState } from "../../resources/service.ts";
import type { ServiceView } from "./service_view.ts";
import { SERVICES_MAX } from "./supervisor.ts";

const { WAITING, RUNNING, STOPPING, FAILED } = ServiceState;
const { HEALTHY, UNHEALTHY } = ServiceHealth;

function is(state: ServiceState): (view: ServiceView) => boolean {
  return (view) => view.state === state;
}

/** Services that each need those named. */
function needing(...services: readonly string[]) {
  return { dependencies: { services: [...services] } };
}

Deno.test("Supervisor says all that is wrong with a spec, and starts it when it is mended", async () => {
  const bench = new ServiceBench();
  bench.wish({
    a: {
      command: ["bin/a"],
      environment: ["NAME"],
      capabilities: ["CAP_FLY"],
      stopSignal: "SIGSTOP",
      stopTimeoutMs: 300_001,
      health: { tcp: "localhost:1", http: "http://localhost" },
    },
  });
  const { message } = await bench.becomes("a", is(FAILED));
  assertEquals(
    message,
    'Cannot run it: command is "bin/a", it may be an absolute path without `.`, `..` or NUL; ' +
      'environment has "NAME", it may be `NAME=VALUE`; ' +
      'capabilities has "CAP_FLY", it may be ALL, or one such as CAP_NET_ADMIN; ' +
      "health asks by http and tcp, it may be one of grpc, http, tcp and command; " +
      'stop_signal is "SIGSTOP", it may be one of SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGKILL, ' +
      "SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGCONT, SIGWINCH, SIGPWR; " +
      "stop_timeout_ms is 300001, it may be 0 to 300000",
  );
  bench.wish({ a: {} });
  await bench.becomes("a", is(RUNNING));
  bench.wish({ a: { command: [] } });
  await bench.becomes("a", is(FAILED));
  assertEquals(bench.world.running, []);
});

Deno.test("Supervisor starts a service when all it waits for is there, and says what is missing", async () => {
  const bench = new ServiceBench();
  bench.wish({
    api: {
      dependencies: { services: ["etcd"], files: ["/run/x"], mounts: ["/var"], network: true },
    },
  });
  const { message } = await bench.becomes("api", is(WAITING));
  await bench.settle();
  assertEquals(
    bench.view("api").message,
    "waits for service etcd (there is none), file /run/x, mount /var, network",
  );
  assertEquals(message, "");
  for (const each of ["file /run/x", "mount /var", "network"]) bench.world.present.add(each);
  await bench.pass(1_000);
  assertEquals(bench.view("api").message, "waits for service etcd (there is none)");
  bench.wish({ etcd: {} });
  await bench.settle();
  assertEquals(bench.world.running, ["etcd", "api"]);
});

Deno.test("Supervisor looks for files, mounts and network once a second", async () => {
  const bench = new ServiceBench();
  bench.wish({ a: { dependencies: { files: ["/run/x"] } } });
  await bench.settle();
  bench.world.present.add("file /run/x");
  await bench.pass(999);
  assertEquals(bench.world.running, []);
  await bench.pass(1);
  assertEquals(bench.world.running, ["a"]);
});

Deno.test("Supervisor has who needs a service wait until it is healthy", async () => {
  const bench = new ServiceBench();
  let problem: string | undefined = "refused";
  bench.world.onAsk = async () => {
    if (problem !== undefined) throw new Error(problem);
    return await Promise.resolve("connected");
  };
  bench.wish({ etcd: { health: { tcp: "localhost:2379", periodMs: 100 } }, api: needing("etcd") });
  await bench.settle();
  assertEquals(bench.view("api").message, "waits for service etcd (not healthy)");
  await bench.pass(1_000);
  assertEquals(bench.view("etcd").health, UNHEALTHY);
  assertEquals(bench.view("etcd").healthMessage, "refused");
  assertEquals(bench.view("etcd").state, RUNNING);
  problem = undefined;
  await bench.pass(100);
  assertEquals(bench.view("etcd").health, HEALTHY);
  assertEquals(bench.world.running, ["etcd", "api"]);
  problem = "full";
  await bench.pass(100);
  assertEquals(bench.view("etcd").health, UNHEALTHY);
  assertEquals(bench.world.running, ["etcd", "api"]);
});

Deno.test("Supervisor refuses circles by the names in them, and starts all when one is broken", async () => {
  const bench = new ServiceBench();
  bench.wish({
    a: needing("b"),
    b: needing("c"),
    c: needing("a"),
    alone: needing("alone"),
    behind: needing("a"),
    free: {},
  });
  await bench.settle();
  const messages = ["a", "b", "c", "alone"].map((id) => bench.view(id).message);
  const refused = "Cannot start it: it waits for itself: ";
  assertEquals(messages, [
    `${refused}a -> b -> c -> a`,
    `${refused}b -> c -> a -> b`,
    `${refused}c -> a -> b -> c`,
    `${refused}alone -> alone`,
  ]);
  assertEquals(bench.view("c").state, FAILED);
  assertEquals(bench.view("behind").message, "waits for service a (failed)");
  assertEquals(bench.world.running, ["free"]);
  bench.wish({ c: {} });
  await bench.settle();
  assertEquals(bench.world.running, ["free", "c", "b", "a", "behind"]);
});

Deno.test("Supervisor ends services that end together in reverse of their needs", async () => {
  const bench = new ServiceBench();
  const all = { a: {}, b: needing("a"), c: needing("b"), other: {} };
  bench.wish(all);
  await bench.settle();
  for (const id of ["b", "c"]) bench.world.processOf(id).ignored.add(15);
  bench.wish({ a: undefined, b: undefined, c: undefined });
  await bench.settle();
  assertEquals(bench.world.running, ["a", "b", "c", "other"]);
  assertEquals(bench.view("a").message, "waits for the end of b");
  assertEquals(bench.view("b").message, "waits for the end of c");
  bench.world.processOf("c").end({ code: 0 });
  await bench.settle();
  assertEquals(bench.world.processOf("b").signals, [15]);
  assertEquals(bench.view("a").message, "waits for the end of b");
  bench.world.processOf("b").end({ code: 0 });
  await bench.settle();
  assertEquals(bench.world.running, ["other"]);
});

Deno.test("Supervisor stopAll() ends all in reverse of their needs, and starts nothing any more", async () => {
  const bench = new ServiceBench();
  bench.wish({ a: {}, b: needing("a"), other: {}, late: { dependencies: { files: ["/x"] } } });
  await bench.settle();
  const ends: string[] = [];
  for (const id of ["a", "b", "other"]) {
    const process = bench.world.processOf(id);
    process.onSignal = (signal) => void (signal === 15 && ends.push(id));
  }
  assertEquals(await bench.supervisor.stopAll(10_000), []);
  assertEquals(ends.indexOf("b") < ends.indexOf("a"), true);
  assertEquals(ends.length, 3);
  bench.world.present.add("file /x");
  bench.wish({ fresh: {} });
  bench.supervisor.runner("a")?.start();
  await bench.pass(2_000);
  assertEquals(bench.world.running, []);
});

Deno.test("Supervisor stopAll() kills who is left two seconds before its time is over", async () => {
  const bench = new ServiceBench();
  bench.wish({ a: {}, b: needing("a") });
  await bench.settle();
  for (const id of ["a", "b"]) bench.world.processOf(id).ignored.add(15);
  const ended = bench.supervisor.stopAll(8_000);
  await bench.pass(5_999);
  assertEquals(bench.world.kills, []);
  await bench.pass(1);
  assertEquals(await ended, []);
  assertEquals(bench.world.running, []);
});

Deno.test("Supervisor stopAll() names who did not end at all", async () => {
  const bench = new ServiceBench();
  bench.wish({ a: {}, b: {} });
  await bench.settle();
  Object.assign(bench.world.group("a"), { others: 1, isStuck: true });
  const ended = bench.supervisor.stopAll(8_000);
  await bench.pass(8_000);
  assertEquals(await ended, ["a"]);
  assertEquals(bench.world.running, []);
});

Deno.test("Supervisor takes a bounded number of services, and the next when one is over", async () => {
  const bench = new ServiceBench();
  const names = Array.from({ length: SERVICES_MAX + 1 }, (_, index) => `s${index + 100}`);
  bench.wish(Object.fromEntries(names.map((name) => [name, {}])));
  await bench.settle();
  const [first = ""] = names;
  const last = names.at(-1) ?? "";
  assertEquals(bench.world.running.length, SERVICES_MAX);
  assertEquals(bench.supervisor.runner(last), undefined);
  bench.wish({ [first]: undefined });
  await bench.settle();
  bench.apply();
  await bench.becomes(last, is(RUNNING));
});

Deno.test("Supervisor tells listeners each change, keeps the last 16, and survives a listener that throws", async () => {
  const bench = new ServiceBench();
  const told: string[] = [];
  bench.supervisor.onChange(() => {
    throw new Error("not mine");
  });
  bench.supervisor.onChange(({ id, state, message }) => told.push(`${id} ${state}: ${message}`));
  bench.wish({ a: { restart: ServiceRestart.NEVER } });
  await bench.settle();
  const process = bench.world.processOf("a");
  process.end({ code: 2 });
  await bench.becomes("a", is(FAILED));
  assertEquals(told, [
    "a Starting: ",
    `a Running: started as process ${process.pid}`,
    "a Failed: ended with code 2",
  ]);
  const kept = bench.supervisor.changes("a").map(({ state }) => state);
  assertEquals(kept, ["Starting", "Running", "Failed"]);
  for (let times = 0; times < 8; times++) {
    bench.supervisor.runner("a")?.start();
    await bench.becomes("a", is(RUNNING));
    bench.world.processOf("a").end({ code: 2 });
    await bench.becomes("a", is(FAILED));
  }
  assertEquals(bench.supervisor.changes("a").length, 16);
  assertStringIncludes(bench.world.log.lines[0]?.message ?? "", "a listener to services failed");
});

Deno.test("Supervisor kills a service that is frozen", async () => {
  const bench = new ServiceBench();
  bench.wish({ a: {} });
  await bench.settle();
  // What SIGSTOP leaves of a process: no signal but SIGKILL reaches it.
  const process = bench.world.processOf("a");
  for (let signal = 1; signal <= 31; signal++) process.ignored.add(signal);
  bench.supervisor.runner("a")?.restart();
  await bench.becomes("a", is(STOPPING));
  await bench.pass(10_000);
  await bench.becomes("a", ({ restarts, state }) => restarts === 1 && state === RUNNING);
  assertEquals(process.isRunning, false);
});
