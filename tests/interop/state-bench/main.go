// Command state-bench runs one named workload on the in-memory state of cosi-project/runtime and prints its figures as
// JSON: the peer of tests/bench/state_ours.ts, which does the same on ours.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/resource/meta"
	"github.com/cosi-project/runtime/pkg/resource/typed"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/cosi-project/runtime/pkg/state/impl/inmem"
	"github.com/cosi-project/runtime/pkg/state/impl/namespaced"
)

const (
	namespace = "bench"
	itemType  = "Items.bench.strata.dev"
	// Resources of every workload.
	resourceCount = 100_000
	// Walks the resources in an order that no cache foresees; coprime to their count.
	stride = 61_803
	// Events: more than any workload leaves undelivered, so that no watch is overrun.
	historyCapacity = 16_384
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

// Item is the resource of all workloads.
type Item = typed.Resource[ItemSpec, ItemExtension]

// Figure is one measured value. Of a unit that ends in "/s" or of "ratio" more is better, of all others less.
type Figure struct {
	Name  string  `json:"name"`
	Unit  string  `json:"unit"`
	Value float64 `json:"value"`
}

var workloads = map[string]func(context.Context) []Figure{
	"get":                 get,
	"create":              create,
	"update":              update,
	"updateWithConflicts": updateWithConflicts,
	"list":                list,
	"destroy":             destroy,
	"latency":             latency,
	"delivery":            delivery,
	"blocked":             blocked,
	"memory":              memory,
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

func newState(capacity int) state.State {
	build := inmem.NewStateWithOptions(
		inmem.WithHistoryInitialCapacity(capacity),
		inmem.WithHistoryMaxCapacity(capacity),
	)

	return state.WrapCore(namespaced.NewState(func(ns string) state.CoreState { return build(ns) }))
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

func newItems() []*Item {
	items := make([]*Item, resourceCount)
	for index := range items {
		items[index] = newItem(index)
	}

	return items
}

// loaded is a state of all items, and the items as they were stored.
func loaded(ctx context.Context) (state.State, []*Item) {
	st, items := newState(historyCapacity), newItems()
	for _, item := range items {
		must(st.Create(ctx, item))
	}

	for index, item := range items {
		stored, err := st.Get(ctx, item.Metadata())
		must(err)

		items[index] = stored.(*Item) //nolint:forcetypeassert
	}

	return st, items
}

func shuffled(index int) int { return index * stride % resourceCount }

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
