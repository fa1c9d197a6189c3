/**
 * `strata events`: what happens to resources of all kinds, or of some; or to the machine. These are two streams and not
 * one: the machine's events are what its own resources tell, so both at once would tell it twice.
 */
import { CommandError, EXIT, type ExitCode } from "../../client/command_error.ts";
import { type CommandInput, optionText } from "../command_spec.ts";
import { fetchDefinitions } from "../definitions.ts";
import { parseDuration } from "../duration.ts";
import { eventCauses } from "../events/event_causes.ts";
import { eventKinds } from "../events/event_kinds.ts";
import { eventPrinter } from "../events/event_printer.ts";
import { EventStream, type Past } from "../events/event_stream.ts";
import { TAIL_ALL } from "../events/kind_events.ts";
import { escapeText } from "../escape.ts";
import { Output } from "../output.ts";
import { outputFormat } from "../output_format.ts";
import type { Session } from "../session.ts";
import { stateClient } from "../../state_client/state_client.ts";
import { type Refusal, StateError } from "../../../runtime/core/errors.ts";
import type { Kind, Timestamp } from "../../../runtime/core/resource.ts";
import { parseTimestamp } from "../../../runtime/core/timestamp.ts";
import { ConnectError, type Transport } from "@connectrpc/connect";

/** Past events told unless something else is asked for: a screen shows them. */
const TAIL_DEFAULT = 10;

/** Milliseconds between looks for kinds that came to be. */
const LOOK_MS = 2_000;

/** Shows events until interrupted, or those of the past. */
export async function run(session: Session, input: CommandInput): Promise<void> {
  const past = pastOption(session, input);
  if (input.options["machine"] === true) {
    const { showMachineEvents } = await import("../events/machine_events.ts");
    return await showMachineEvents(session, input);
  }
  for (const name of ["actor", "after"]) {
    if (input.options[name] === undefined) continue;
    throw new CommandError(EXIT.usage, `cannot use --${name} without --machine`);
  }
  await session.withMachine(async (transport) => {
    try {
      await show(transport, { session, input, past });
    } catch (error) {
      throw commandError(error);
    }
  });
}

async function show(
  transport: Transport,
  { session, input, past }: {
    readonly session: Session;
    readonly input: CommandInput;
    readonly past: Past;
  },
): Promise<void> {
  const { out, world } = session;
  const { signal, clock, random } = world;
  const format = outputFormat(input);
  const definitions = await fetchDefinitions(transport, { signal });
  const namespace = optionText(input, "namespace");
  const wanted = { types: input.words, namespace, signal };
  const kinds = await eventKinds(transport, { definitions, wanted });
  const state = stateClient(transport, { types: await world.knownTypes(), clock, random });
  const printer = eventPrinter(out, {
    format,
    headers: input.options["no-headers"] === true ? "hidden" : "shown",
    definitions,
  });
  const stream = new EventStream({
    source: { state, clock, signal },
    printer,
    causes: input.options["no-causes"] === true ? undefined : eventCauses(transport, signal),
    refused: input.words.length === 0 ? "passed by" : "told",
  });
  const begun = await stream.begin(kinds, past);
  await printer.settled();
  if (input.options["no-follow"] === true) {
    for (const each of begun) await each.close();
    return;
  }
  const kindsNow = async (): Promise<readonly Kind[]> => {
    const now = await fetchDefinitions(transport, { signal });
    return await eventKinds(transport, { definitions: now, wanted });
  };
  void joinNewKinds(stream, { session, kindsNow }).catch((error: unknown) => stream.fail(error));
  await stream.follow(begun);
  signal.throwIfAborted();
  throw new CommandError(EXIT.unreachable, "the machine ended the watch");
}

/** Looks for kinds that came to be: nothing tells of them. Says when the machine is away, for then nothing comes at all. */
async function joinNewKinds(
  stream: EventStream,
  { session: { world }, kindsNow }: {
    readonly session: Session;
    readonly kindsNow: () => Promise<readonly Kind[]>;
  },
): Promise<void> {
  const { clock, signal } = world;
  const told = new Output(world.stderr, world);
  let isAway = false;
  while (!signal.aborted) {
    await clock.sleep(LOOK_MS, { signal }).catch(() => {}); // Interrupted: the loop ends.
    if (signal.aborted) return;
    try {
      for (const kind of await kindsNow()) {
        void stream.join(kind).catch((error: unknown) => stream.fail(error));
      }
      if (isAway) await told.text("strata: the machine answers again\n");
      isAway = false;
    } catch (error) {
      if (signal.aborted) return;
      const words = ConnectError.from(error).rawMessage;
      if (!isAway) await told.text(`strata: waiting for the machine: ${escapeText(words)}\n`);
      isAway = true;
    }
  }
}

function pastOption({ world }: Session, input: CommandInput): Past {
  const [tail, since] = [optionText(input, "tail"), optionText(input, "since")];
  if (tail !== undefined && tail !== "all" && !/^\d{1,6}$/.test(tail)) {
    throw new CommandError(
      EXIT.usage,
      `cannot use --tail "${tail}": it must be a whole number below a million, or all`,
    );
  }
  const usual = since === undefined ? TAIL_DEFAULT : TAIL_ALL;
  return {
    tail: tail === undefined ? usual : tail === "all" ? TAIL_ALL : Number(tail),
    since: since === undefined ? undefined : sinceTime(since, world.clock.now()),
  };
}

/** A duration before now, or a point in time. */
function sinceTime(text: string, now: Timestamp): Timestamp {
  const ms = parseDuration(text);
  if (ms !== undefined) {
    const nanos = now.seconds * 1_000_000_000n + BigInt(now.nanos) - BigInt(ms) * 1_000_000n;
    return { seconds: nanos / 1_000_000_000n, nanos: Number(nanos % 1_000_000_000n) };
  }
  try {
    return parseTimestamp(text);
  } catch (error) {
    const may = "a duration such as 10m, or a time such as 2026-01-02T03:04:05Z";
    throw new CommandError(EXIT.usage, `cannot use --since "${text}": it must be ${may}`, {
      cause: error,
    });
  }
}

const EXITS: Partial<Record<Refusal, ExitCode>> = {
  "not-found": EXIT.notFound,
  "access-denied": EXIT.refused,
  "closed": EXIT.unreachable,
};

/** What the state client refuses, as the end of a command. */
function commandError(error: unknown): unknown {
  if (!(error instanceof StateError)) return error;
  return new CommandError(EXITS[error.failure.refusal] ?? EXIT.failed, error.message, {
    cause: error,
  });
}
