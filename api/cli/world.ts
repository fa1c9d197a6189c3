/** Everything the command line asks of the process it runs in: handed in, so that a test can be all of it. */
import type { Connection, ConnectionOptions, ConnectionPorts } from "../client/transport.ts";
import type { Files, Found, Surroundings } from "../client/discovery.ts";
import type { ImageChecks } from "./image_checks.ts";
import type { VersionFacts } from "../machine_port.ts";
import type { ResourceTypes } from "../../runtime/core/resource_types.ts";
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
  /** Without it nothing listens for callers with certificates. */
  readonly tls?: TlsServeOptions;
}

/** Where callers with certificates are listened for, and the files that are ours and theirs, in PEM. */
export interface TlsServeOptions {
  readonly hostname: string;
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
  readonly caFile: string;
}

/** A file to be written anew. */
export interface Rewrite {
  /** Of the file as it is. */
  readonly bytesMax: number;
  /** Gives the new text for the old one, which is undefined where there is no file. What it throws leaves all as it is. */
  change(text: string | undefined): string | Promise<string>;
}

/** Files of the user's own, some of which commands write. */
export interface OwnFiles extends Files {
  /**
   * Replaces a file as a whole by one of mode 0600, its folder made where it is missing. Waits for others of ours that do
   * the same, so that nobody's change is lost.
   *
   * @throws {RangeError} The file is too long.
   */
  rewrite(path: string, rewrite: Rewrite): Promise<void>;
}

/** The process around a command. */
export interface CliWorld extends Surroundings, ConnectionPorts {
  readonly files: OwnFiles;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
  /** This binary's own build. */
  readonly version: Pick<VersionFacts, "tag" | "sha" | "built" | "runtime" | "os" | "arch">;
  connect(found: Found, options: ConnectionOptions): Promise<Connection>;
  /** The types that this process knows; loaded when first asked for. */
  knownTypes(): Promise<ResourceTypes>;
  /** Checks of images; loaded when first asked for. */
  images(): Promise<ImageChecks>;
  /** Runs the agent until it is told to stop; answers the exit code. */
  serve(options: ServeOptions): Promise<number>;
}
