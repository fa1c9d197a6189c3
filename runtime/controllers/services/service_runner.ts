/**
 * The life of one service. A loop compares what is wished with what is, and takes one step at a time:
 *
 *   waiting ─► starting ─► running ─► stopping ─► waiting, finished or failed
 *
 * Wishes come by the methods, which only note them and wake the loop: so a spec that changes back and forth while the
 * service stops comes to the last wish. Whatever throws on the way becomes the service's message, and is tried again.
 */
import { ServiceHealth, ServiceState } from "../../resources/service.ts";
import { ErrorPause } from "./error_pause.ts";
import { watchHealth } from "./health_watch.ts";
import { type Rest, RestartDecision } from "./restart_decision.ts";
import type { RunnerHost } from "./runner_host.ts";
import { serviceEnd } from "./service_end.ts";
import { askToEnd, clearAway, type EndingParts } from "./service_ending.ts";
import { ServiceInstance } from "./service_instance.ts";
import type { ServiceLog } from "./service_log.ts";
import type { Planned, ServicePlan } from "./service_plan.ts";
import { errorMessage } from "./service_texts.ts";
import { ENDED, newView, sameView, type ServiceView, UNKNOWN_HEALTH } from "./service_view.ts";
import type { CgroupUsage } from "./service_world.ts";
import { WakeUp } from "./wake_up.ts";

/** Milliseconds between two looks for files, mounts and network: nothing tells when one comes. */
export const CONDITIONS_LOOK_MS = 1_000;

/** Keeps one service as wished. */
export class ServiceRunner {
  readonly id: string;
  readonly log: ServiceLog;
  readonly #host: RunnerHost;
  readonly #wakeUp: WakeUp;
  readonly #decision: RestartDecision;
  readonly #errors: ErrorPause;
  #planned: Planned = { problem: "there is no spec yet" };
  #view: ServiceView;
  #instance: ServiceInstance | undefined;
  #health: Disposable | undefined;
  /** Its spec is gone or goes. */
  #isLeaving = false;
  #isOver = false;
  #isStopped = false;
  #mustRestart = false;
  #isMachineEnding = false;
  #isForced = false;
  /** Of the running start: questions in a row that it did not answer; undefined before the first good answer. */
  #unanswered: number | undefined;
  #starts = 0;
  #cpuUsBefore = 0n;

  /** Nothing begins before {@linkcode ServiceRunner.apply}. */
  constructor(id: string, log: ServiceLog, host: RunnerHost) {
    const { clock, random } = host.world;
    this.id = id;
    this.log = log;
    this.#host = host;
    this.#wakeUp = new WakeUp(clock);
    this.#decision = new RestartDecision(random);
    this.#errors = new ErrorPause(random);
    this.#view = newView(clock.now());
    this.#live();
  }

  get view(): ServiceView {
    return this.#view;
  }

  /** What it is to run by; undefined while the spec is no plan. */
  get plan(): ServicePlan | undefined {
    return this.#planned.plan;
  }

  /** Whom it needs while it runs. */
  get needs(): readonly string[] {
    return this.#instance?.plan.services ?? [];
  }

  /** Whether a process of it may be there. */
  get isAlive(): boolean {
    return this.#instance !== undefined;
  }

  /** Whether a process of it may be there, and is to end. */
  get isEnding(): boolean {
    return this.#instance !== undefined && this.#whyEnd(this.#instance) !== undefined;
  }

  /** Whether its spec is gone and nothing of it is left. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether others may start: it runs and, where it has a check, is healthy. */
  get isUp(): boolean {
    const { state, health } = this.#view;
    if (state !== ServiceState.RUNNING) return false;
    return this.#instance?.plan.health === undefined || health === ServiceHealth.HEALTHY;
  }

  /** What it is to run by from now on; also takes back {@linkcode ServiceRunner.leave}. */
  apply(planned: Planned): void {
    const { plan: before, problem } = this.#planned;
    const { plan } = planned;
    if (!this.#isLeaving && plan === before && planned.problem === problem) return;
    this.#planned = planned;
    this.#isLeaving = false;
    const isOther = before?.launchKey !== plan?.launchKey || before?.restart !== plan?.restart;
    if (isOther || (before?.limitsKey !== plan?.limitsKey && !this.#hasFinished)) this.#renew();
    this.wake();
  }

  /** Whether its work is done: other limits are no reason to do it again. */
  get #hasFinished(): boolean {
    return this.#decision.rest?.state === ServiceState.FINISHED;
  }

  /** It is wished anew: no pause counts any more, nor that it rests. */
  #renew(): void {
    this.#decision.renew();
    this.#errors.reset();
  }

  /** Its spec goes: it ends, and is over then. */
  leave(): void {
    this.#isLeaving = true;
    this.wake();
  }

  /** By an operator. */
  start(): void {
    this.#isStopped = false;
    // One that ended just now would pause first.
    if (this.#instance === undefined) this.#renew();
    else if (this.#instance.end !== undefined) this.#mustRestart = true;
    this.wake();
  }

  /** By an operator. It stays stopped whatever its spec becomes. */
  stop(): void {
    this.#isStopped = true;
    this.wake();
  }

  /** By an operator. */
  restart(): void {
    this.#mustRestart = this.isAlive;
    this.#renew();
    this.start();
  }

  /** The machine ends: it ends, and never starts again. */
  endForGood(): void {
    this.#isMachineEnding = true;
    this.wake();
  }

  /** Waits for nobody any more, and kills. */
  force(): void {
    this.#isForced = true;
    this.wake();
  }

  /** Something changed that may concern it. */
  wake(): void {
    this.#wakeUp.call();
  }

  /** Looks what it takes. */
  measure(): void {
    const usage = this.usage();
    if (usage !== undefined) this.#setUsage(usage);
  }

  /** What it takes now; undefined while it does not run. */
  usage(): CgroupUsage | undefined {
    return this.#instance?.usage();
  }

  #setUsage({ memory, cpuUs, processes }: CgroupUsage): void {
    this.#set({ memory, processes, cpuUs: this.#cpuUsBefore + cpuUs });
  }

  /** Never rejects. */
  async #live(): Promise<void> {
    await this.#wakeUp.wait();
    while (!this.#isOver) {
      try {
        await this.#step();
      } catch (error) {
        const { waitMs, message } = this.#errors.after(error, this.#nowMs());
        this.#set({ message });
        await this.#wakeUp.wait(waitMs);
      }
    }
  }

  async #step(): Promise<void> {
    // A step that threw may have left it.
    if (this.#instance !== undefined) return await this.#finish(this.#instance);
    const rest = this.#resting();
    const { plan } = this.#planned;
    if (rest !== undefined || plan === undefined) {
      if (this.#isLeaving) this.#isOver = true;
      if (this.#isOver) this.log.close();
      this.#set(rest ?? {});
      if (!this.#isOver) await this.#wakeUp.wait();
      return;
    }
    const pauseMs = this.#decision.pauseMs(this.#nowMs());
    if (pauseMs > 0) return await this.#waitFor(this.#decision.message, pauseMs);
    const missing = this.#missing(plan);
    if (missing.length > 0) {
      return await this.#waitFor(`waits for ${missing.join(", ")}`, CONDITIONS_LOOK_MS);
    }
    await this.#run(plan);
  }

  async #waitFor(message: string, milliseconds: number): Promise<void> {
    this.#set({ state: ServiceState.WAITING, message });
    await this.#wakeUp.wait(milliseconds);
  }

  /** Why it is not to run at all. */
  #resting(): Rest | undefined {
    const { FINISHED, FAILED } = ServiceState;
    if (this.#isLeaving) return { state: FINISHED, message: "its spec is gone" };
    if (this.#isMachineEnding) return { state: FINISHED, message: "the machine ends" };
    if (this.#isStopped) return { state: FINISHED, message: "stopped by an operator" };
    const { problem } = this.#planned;
    return problem === undefined ? this.#decision.rest : { state: FAILED, message: problem };
  }

  /** Why a start of it is to end; undefined where it may go on. */
  #whyEnd({ plan, end }: ServiceInstance): string | undefined {
    if (end !== undefined) return "it ended";
    const resting = this.#resting();
    if (resting !== undefined) return resting.message;
    if (this.#mustRestart) return "an operator restarts it";
    if (this.#isUnresponsive(plan)) return UNRESPONSIVE;
    return plan.launchKey === this.#planned.plan?.launchKey ? undefined : "its spec changed";
  }

  #isUnresponsive({ health }: ServicePlan): boolean {
    const most = health?.restartAfter ?? 0;
    return most > 0 && (this.#unanswered ?? 0) >= most;
  }

  #missing({ services, conditions }: ServicePlan): readonly string[] {
    const unmet = services.flatMap((id) => {
      const why = this.#host.whyNotUp(id);
      return why === undefined ? [] : [`service ${id}${why}`];
    });
    return [...unmet, ...this.#host.world.conditions.missing(conditions)];
  }

  async #run(plan: ServicePlan): Promise<void> {
    const { id, log } = this;
    this.#set({ state: ServiceState.STARTING, message: "", ...UNKNOWN_HEALTH });
    this.#mustRestart = false;
    let instance: ServiceInstance;
    try {
      const ended = (): void => this.wake();
      instance = new ServiceInstance(this.#host.world, { id, plan, log, ended });
    } catch (error) {
      const how = `could not be started: ${errorMessage(error)}`;
      this.#decision.decide(plan.restart, { failed: true, how, ranMs: 0 }, this.#nowMs());
      this.#removeCgroup();
      return;
    }
    this.#instance = instance;
    this.#errors.reset();
    this.#set({
      state: ServiceState.RUNNING,
      message: "",
      pid: instance.pid,
      restarts: this.#starts++,
    });
    this.#watchHealth(plan);
    while (this.#whyEnd(instance) === undefined) {
      await this.#wakeUp.wait(this.#follow(instance));
    }
    await this.#finish(instance);
  }

  /** After a start that failed. Who is in it was begun before the supervisor, and is taken over by the next start. */
  #removeCgroup(): void {
    const { cgroups } = this.#host.world;
    if (!cgroups.isPopulated(this.id)) cgroups.remove(this.id);
  }

  /** Takes what may change while it runs. Gives the milliseconds after which it is tried again, where something refused. */
  #follow(instance: ServiceInstance): number | undefined {
    const { plan: before } = instance;
    const { plan } = this.#planned;
    if (plan === undefined || (plan === before && instance.hasLimits)) return undefined;
    const leftMs = this.#errors.leftMs(this.#nowMs());
    if (plan === before && leftMs > 0) return leftMs;
    const againMs = this.#followed(instance, plan);
    if (JSON.stringify(plan.health) === JSON.stringify(before.health)) return againMs;
    this.#set(UNKNOWN_HEALTH);
    this.#watchHealth(plan);
    return againMs;
  }

  #followed(instance: ServiceInstance, plan: ServicePlan): number | undefined {
    try {
      instance.follow(plan);
      this.#errors.reset();
      this.#set({ message: "" });
      return undefined;
    } catch (error) {
      const { waitMs, message } = this.#errors.after(error, this.#nowMs());
      this.#set({ message: `Cannot change its limits: ${message}` });
      return waitMs;
    }
  }

  #watchHealth({ health }: ServicePlan): void {
    this.#health?.[Symbol.dispose]();
    this.#unanswered = undefined;
    const { probe, clock } = this.#host.world;
    this.#health = health && watchHealth(health, {
      probe,
      clock,
      answered: ({ healthy, answered, message }) => {
        const health = healthy ? ServiceHealth.HEALTHY : ServiceHealth.UNHEALTHY;
        const since = health === this.#view.health ? {} : { healthSince: clock.now() };
        this.#set({ health, healthMessage: message, ...since });
        if (healthy) this.#unanswered = 0;
        else if (this.#unanswered !== undefined) {
          // Who says that it is not well lives.
          this.#unanswered = answered ? 0 : this.#unanswered + 1;
        }
        this.wake();
      },
    });
  }

  /** Ends a start of it, as a whole, and decides what comes next. */
  async #finish(instance: ServiceInstance): Promise<void> {
    this.#health?.[Symbol.dispose]();
    this.#health = undefined;
    const why = this.#whyEnd(instance) ?? "";
    // Who does not answer is not asked to end either.
    const wasAsked = instance.end === undefined && why !== UNRESPONSIVE;
    const parts = this.#endingParts();
    if (wasAsked) await askToEnd(instance, { ...parts, why });
    await clearAway(instance, parts);
    const usage = instance.usage();
    await instance.close();
    this.#instance = undefined;
    const { failed, how: ended, exit } = serviceEnd(instance, usage);
    this.#cpuUsBefore += usage?.cpuUs ?? 0n;
    const time = this.#host.world.clock.now();
    this.#set({ ...ENDED, cpuUs: this.#cpuUsBefore, lastExit: { ...exit, time } });
    const how = why === UNRESPONSIVE ? `${UNRESPONSIVE}, and was killed` : ended;
    if (wasAsked || this.#mustRestart || this.#isMended(instance, failed)) return;
    const nowMs = this.#nowMs();
    const ranMs = nowMs - instance.startedMs;
    const { restart } = this.plan ?? instance.plan;
    this.#decision.decide(restart, { failed, how, ranMs }, nowMs);
  }

  #endingParts(): EndingParts {
    return {
      clock: this.#host.world.clock,
      wakeUp: this.#wakeUp,
      set: (changes) => this.#set(changes),
      isForced: () => this.#isForced,
      dependants: () => this.#host.endingDependants(this.id),
    };
  }

  /** Whether what is wished by now is not what ended: that says nothing of it then. */
  #isMended({ plan }: ServiceInstance, failed: boolean): boolean {
    const { launchKey, limitsKey } = this.#planned.plan ?? {};
    return plan.launchKey !== launchKey || (failed && plan.limitsKey !== limitsKey);
  }

  #nowMs(): number {
    return this.#host.world.clock.monotonicMs();
  }

  #set(changes: Partial<ServiceView>): void {
    const before = this.#view;
    const next = { ...before, ...changes };
    if (sameView(before, next)) return;
    const since = next.state === before.state ? before.since : this.#host.world.clock.now();
    this.#view = { ...next, since };
    this.#host.changed(this, before);
  }
}

/** Why one is killed whose health check gets no answer any more. */
const UNRESPONSIVE = "did not answer its health check";
