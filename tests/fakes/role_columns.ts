/**
 * The role columns of contracts/talos.md §5.2 and §5.6, written down again: A is os:admin, O os:operator, R os:reader.
 * Tests hold what the machine does against this, not against its own table.
 */

/** Of procedures that the contract knows; of ours, what they show decides: reading is AOR. */
// deno-fmt-ignore: one call, one row
export const ROLE_COLUMNS: Readonly<Record<string, string>> = {
  "/cosi.resource.State/Get":                "AOR",
  "/cosi.resource.State/List":               "AOR",
  "/cosi.resource.State/Create":             "A",
  "/cosi.resource.State/Update":             "A",
  "/cosi.resource.State/Destroy":            "A",
  "/cosi.resource.State/Watch":              "AOR",
  "/cosi.resource.State/Teardown":           "A",
  "/cosi.resource.State/TeardownAndDestroy": "A",
  "/machine.MachineService/List":            "AOR",
  "/machine.MachineService/Mounts":          "AOR",
  "/machine.MachineService/Read":            "A",
  "/machine.MachineService/Reboot":          "AO",
  "/machine.MachineService/Shutdown":        "AO",
  "/machine.MachineService/Version":         "AOR",
  "/machine.MachineService/CPUInfo":       "AOR",
  "/machine.MachineService/DiskStats":     "AOR",
  "/machine.MachineService/Dmesg":         "AOR",
  "/machine.MachineService/Events":        "AOR",
  "/machine.MachineService/Hostname":      "AOR",
  "/machine.MachineService/LoadAvg":       "AOR",
  "/machine.MachineService/Logs":          "AOR",
  "/machine.MachineService/LogsContainers": "AOR",
  "/machine.MachineService/Memory":        "AOR",
  "/machine.MachineService/NetworkDeviceStats": "AOR",
  "/machine.MachineService/Processes":     "AOR",
  "/machine.MachineService/ServiceList":   "AOR",
  "/machine.MachineService/ServiceRestart": "AO",
  "/machine.MachineService/ServiceStart":  "AO",
  "/machine.MachineService/ServiceStop":   "AO",
  "/machine.MachineService/Stats":         "AOR",
  "/machine.MachineService/SystemStat":    "AOR",
  "/strata.runtime.v1.GraphService/Graph":   "AOR",
  "/strata.runtime.v1.GraphService/Why":     "AOR",
  "/grpc.health.v1.Health/Check":            "AOR",
  "/grpc.health.v1.Health/List":             "AOR",
  "/grpc.health.v1.Health/Watch":            "AOR",
  "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo":      "AOR",
  "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": "AOR",
};

/** The same of the HTTP API: what reads is AOR, what writes resources is A. */
// deno-fmt-ignore: one request, one row
export const HTTP_ROLE_COLUMNS: Readonly<Record<string, string>> = {
  listTypes:      "AOR",
  listResources:  "AOR",
  createResource: "A",
  getResource:    "AOR",
  updateResource: "A",
  patchResource:  "A",
  deleteResource: "A",
  getGraph:       "AOR",
  getWhy:         "AOR",
  getMetrics:     "AOR",
  getOpenApi:     "AOR",
};

/** The letters of the roles. */
export const ROLE_LETTERS = { "os:admin": "A", "os:operator": "O", "os:reader": "R" } as const;
