/** How a start of a service ended, for its status and for what comes next. */
import type { ProcessEnd } from "../../../fs/kernel/process_calls.ts";
import type { OwnEnd } from "./restart_decision.ts";
import type { ServiceInstance } from "./service_instance.ts";
import { endText } from "./service_texts.ts";
import type { ServiceExitView } from "./service_view.ts";
import type { CgroupUsage } from "./service_world.ts";

/** An end. */
export interface ServiceEnd extends Pick<OwnEnd, "failed" | "how"> {
  readonly exit: Omit<ServiceExitView, "time">;
}

/** For the types alone: who looks at the end waited for it. */
const LOST_END: ProcessEnd = { code: 0, signal: "SIGKILL" };

/** Reads an end. @param usage What its cgroup had counted by then. */
export function serviceEnd(
  { end = LOST_END, lastLine }: Pick<ServiceInstance, "end" | "lastLine">,
  usage: CgroupUsage | undefined,
): ServiceEnd {
  const outOfMemory = usage !== undefined && usage.oomKills > 0n;
  const signal = end.signal ?? "";
  const code = signal === "" ? end.code : 0;
  return {
    failed: code !== 0 || signal !== "",
    how: endText(end, outOfMemory),
    exit: { code, signal, outOfMemory, lastLine },
  };
}
