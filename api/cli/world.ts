/** Everything the command line asks of the process it runs in: handed in, so that a test can be all of it. */
import type { Connection } from "../client/transport.ts";
import type { Found, Surroundings } from "../client/discovery.ts";
import type { ImageChecks } from "./image_checks.ts";
import type { VersionFacts } from "../machine_port.ts";
import type { JsonValue } from "@bufbuild/protobuf";

/** Where a command writes. */
export interface Sink {
  readonly isTerminal: boolean;
  /** Columns of the terminal; no meaning where there is none. */
  readonly width: number;
  /** Writes all of it. @throws An error named `BrokenPipe` when nobody reads any more. */
  write(bytes: Uint8Array): Promise<void>;
}

/** A resource type this process knows by its descriptor. */
export interface KnownType {
  /** @throws The bytes are not a message of this type. */
  fromProto(bytes: Uint8Array): unknown;
  toJson(spec: unknown): JsonValue;
}

/** The resource types this process knows. */
export interface KnownTypes {
  byType(type: string): KnownType | undefined;
}

/** What `serve` was told. */
export interface ServeOptions {
  readonly socket?: string;
  readonly httpSocket?: string;
  readonly http?: { readonly hostname: string; readonly port: number };
  readonly tokenFile?: string;
}

/** The process around a command. */
export interface CliWorld extends Surroundings {
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
  /** This binary's own build. */
  readonly version: Pick<VersionFacts, "tag" | "sha" | "built" | "runtime" | "os" | "arch">;
  connect(found: Found): Promise<Connection>;
  knownTypes(): Promise<KnownTypes>;
  /** Checks of images; loaded when first asked for. */
  images(): Promise<ImageChecks>;
  /** Runs the agent until it is told to stop; answers the exit code. */
  serve(options: ServeOptions): Promise<number>;
}
