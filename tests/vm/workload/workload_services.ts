/** Debian's etcd and containerd as services of a test machine, and how they are declared. */
import { createResource, until } from "../asking.ts";
import type { TestMachine } from "../machine.ts";

/** The image that has them. */
export const WORKLOAD_IMAGE = "dist/workload-image";

const SPECS = "runtime/ServiceSpecs.runtime.strata";
const STATUSES = "runtime/ServiceStatuses.runtime.strata";

type Fields = Readonly<Record<string, unknown>>;

/** A wish for a service. */
export interface WorkloadService {
  readonly id: string;
  readonly spec: Fields;
}

/** The user etcd runs as: nobody else's. */
export const ETCD_UID = 60;

/** Where etcd answers, within the machine alone. */
export const ETCD_ENDPOINT = "http://127.0.0.1:2379";

const ETCD_DIRECTORY = "/var/lib/etcd";
const ETCD_PEERS = "http://127.0.0.1:2380";

/** Milliseconds: a busy host's emulator may be late with an answer. */
const HEALTH = { initialDelayMs: 500, periodMs: 500, timeoutMs: 5_000 };

/** Makes the directory of etcd: there is no shell, and etcd may not. */
const ETCD_DIRECTORY_SERVICE: WorkloadService = {
  id: "etcd-directory",
  spec: {
    command: ["/usr/lib/workload/own_directory", ETCD_DIRECTORY, String(ETCD_UID)],
    capabilities: ["CAP_CHOWN"],
    restart: "RESTART_ON_FAILURE",
    dependencies: { mounts: ["/var"] },
  },
};

const ETCD_SERVICE: WorkloadService = {
  id: "etcd",
  spec: {
    command: [
      "/usr/bin/etcd",
      ...["--name", "machine", "--data-dir", ETCD_DIRECTORY],
      ...["--listen-client-urls", ETCD_ENDPOINT, "--advertise-client-urls", ETCD_ENDPOINT],
      ...["--listen-peer-urls", ETCD_PEERS, "--initial-advertise-peer-urls", ETCD_PEERS],
      ...["--initial-cluster", `machine=${ETCD_PEERS}`],
      // Snapshots after some writes rather than a hundred thousand, so that a short life has some.
      ...["--snapshot-count", "50", "--logger", "zap", "--log-level", "warn"],
    ],
    uid: ETCD_UID,
    gid: ETCD_UID,
    limits: { memoryMax: String(256 * 1024 ** 2) },
    dependencies: { files: [ETCD_DIRECTORY] },
    health: { http: `${ETCD_ENDPOINT}/health`, ...HEALTH },
  },
};

const CONTAINERD_SOCKET = "/run/containerd/containerd.sock";

const CONTAINERD_SERVICE: WorkloadService = {
  id: "containerd",
  spec: {
    command: ["/usr/bin/containerd", "--config", "/etc/containerd/config.toml"],
    environment: ["PATH=/usr/bin:/usr/sbin"],
    capabilities: ["ALL"],
    // Programs of containers may be set-user-ID.
    allowNewPrivileges: true,
    dependencies: { mounts: ["/var", "/opt"] },
    health: { grpc: `unix:${CONTAINERD_SOCKET}`, ...HEALTH },
  },
};

/** Services that make etcd, in any order. */
export const ETCD: readonly WorkloadService[] = [ETCD_DIRECTORY_SERVICE, ETCD_SERVICE];

/** Both workloads. */
export const WORKLOADS: readonly WorkloadService[] = [...ETCD, CONTAINERD_SERVICE];

/** Wishes for services. */
export async function declare(
  machine: TestMachine,
  services: readonly WorkloadService[],
): Promise<void> {
  for (const service of services) await createResource(machine, SPECS, service);
}

/** Waits until a service runs and its check says that it is well. @returns Its status. */
export async function untilHealthy(machine: TestMachine, id: string): Promise<Fields> {
  let last: Fields = {};
  try {
    return await until(`service ${id}`, async () => {
      const response = await machine.http(`/api/v1/resources/${STATUSES}/${id}`);
      const body = await response.json();
      last = response.status === 200 ? body.spec : {};
      const isWell = last["state"] === "STATE_RUNNING" && last["health"] === "HEALTH_HEALTHY";
      return isWell ? last : undefined;
    });
  } catch (error) {
    throw new Error(`it is ${JSON.stringify(last)}`, { cause: error });
  }
}
