// Command engine-bench runs one named workload on the controller runtime of cosi-project/runtime and prints its figures
// as JSON: the peer of tests/bench/engine_ours.ts, which does the same on ours.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/cosi-project/runtime/pkg/controller/runtime"
	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/resource/meta"
	"github.com/cosi-project/runtime/pkg/resource/typed"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/cosi-project/runtime/pkg/state/impl/inmem"
	"github.com/cosi-project/runtime/pkg/state/impl/namespaced"
	"go.uber.org/zap"
)

const (
	namespace   = "bench"
	itemType    = "Items.bench.strata.dev"
	productType = "Products.bench.strata.dev"
	// Events: more than a burst leaves unread, since an overrun ends the engine.
	historyCapacity = 65_536
	// Times that a short workload is done within one run; the median counts.
	repeats = 3
)

// ItemSpec is as small as what most resources say.
type ItemSpec struct {
	Name    string
	Value   int64
	Enabled bool
}

// DeepCopy implements typed.DeepCopyable.
func (spec ItemSpec) DeepCopy() ItemSpec { return spec }

// ItemExtension describes the type.
type ItemExtension struct{}

// ResourceDefinition implements typed.Extension.
func (ItemExtension) ResourceDefinition() meta.ResourceDefinitionSpec {
	return meta.ResourceDefinitionSpec{Type: itemType, DefaultNamespace: namespace}
}

// Item is the input of all controllers.
type Item = typed.Resource[ItemSpec, ItemExtension]

// ProductSpec is what a controller makes of an item.
type ProductSpec struct {
	Text  string
	Value int64
}

// DeepCopy implements typed.DeepCopyable.
func (spec ProductSpec) DeepCopy() ProductSpec { return spec }

// ProductExtension describes the type.
type ProductExtension struct{}

// ResourceDefinition implements typed.Extension.
func (ProductExtension) ResourceDefinition() meta.ResourceDefinitionSpec {
	return meta.ResourceDefinitionSpec{Type: productType, DefaultNamespace: namespace}
}

// Product is the output of all controllers.
type Product = typed.Resource[ProductSpec, ProductExtension]

// Figure is one measured value. Of a unit that ends in "/s" or of "ratio" more is better, of all others less.
type Figure struct {
	Name  string  `json:"name"`
	Unit  string  `json:"unit"`
	Value float64 `json:"value"`
}

var workloads = map[string]func(context.Context) []Figure{
	"controllerLatency": controllerLatency,
	"queueLatency":      queueLatency,
	"queueBurst":        queueBurst,
	"transformBurst":    transformBurst,
	"registration":      registration,
	"graph":             graph,
	"memory":            memory,
}

func main() {
	name := ""
	if len(os.Args) == 2 {
		name = os.Args[1]
	}

	run, ok := workloads[name]
	if !ok {
		names := make([]string, 0, len(workloads))
		for known := range workloads {
			names = append(names, known)
		}

		slices.Sort(names)
		fmt.Fprintf(os.Stderr, "Cannot run workload %q: may be %s\n", name, strings.Join(names, ", "))
		os.Exit(2)
	}

	must(json.NewEncoder(os.Stdout).Encode(run(context.Background())))
}

// workshop is an engine and its state.
type workshop struct {
	state  state.State
	engine *runtime.Runtime
	ended  chan error
}

func newWorkshop(capacity int) *workshop {
	build := inmem.NewStateWithOptions(
		inmem.WithHistoryInitialCapacity(capacity),
		inmem.WithHistoryMaxCapacity(capacity),
	)
	st := state.WrapCore(namespaced.NewState(func(ns string) state.CoreState { return build(ns) }))

	engine, err := runtime.NewRuntime(st, zap.NewNop())
	must(err)

	return &workshop{state: st, engine: engine, ended: make(chan error, 1)}
}

// run starts the engine, and returns what ends it and waits for the end.
func (shop *workshop) run(ctx context.Context) func() {
	ctx, cancel := context.WithCancel(ctx)

	go func() { shop.ended <- shop.engine.Run(ctx) }()

	return func() {
		cancel()
		must(<-shop.ended)
	}
}

func newItem(index int) *Item {
	md := resource.NewMetadata(namespace, itemType, fmt.Sprintf("item-%06d", index), resource.VersionUndefined)
	md.Labels().Set("app", fmt.Sprintf("app-%d", index%10))
	md.Labels().Set("zone", fmt.Sprintf("zone-%d", index%3))

	return typed.NewResource[ItemSpec, ItemExtension](md, ItemSpec{
		Name:  fmt.Sprintf("name of %d", index),
		Value: int64(index),
	})
}

func newProduct(id string) *Product {
	return typed.NewResource[ProductSpec, ProductExtension](
		resource.NewMetadata(namespace, productType, id, resource.VersionUndefined), ProductSpec{})
}

func perSecond(count int, since time.Time) float64 {
	return float64(count) / time.Since(since).Seconds()
}

// quantile sorts the samples.
func quantile(samples []float64, q float64) float64 {
	slices.Sort(samples)

	return samples[min(len(samples)-1, int(q*float64(len(samples))))]
}

func median(times int, measure func() float64) float64 {
	samples := make([]float64, times)
	for index := range samples {
		samples[index] = measure()
	}

	return quantile(samples, 0.5)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
