package official

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/cosi-project/runtime/api/v1alpha1"
)

const (
	created      = v1alpha1.EventType_CREATED
	updated      = v1alpha1.EventType_UPDATED
	destroyed    = v1alpha1.EventType_DESTROYED
	bootstrapped = v1alpha1.EventType_BOOTSTRAPPED
	errored      = v1alpha1.EventType_ERRORED
	noop         = v1alpha1.EventType_NOOP
)

func ptr[T any](value T) *T { return &value }

// The traps are numbered as in the contract; those that do not show on the wire, or that the official suite shows, are
// not here.

func TestTrap02AbsentExpectedPhaseIsAny(t *testing.T) {
	h := newHouse(t)
	h.create("a")

	_, err := h.teardown("a", "")
	require.NoError(t, err)

	_, err = h.update(&v1alpha1.UpdateOptions{ExpectedPhase: ptr("running")}, "a", withVersion("2"), withPhase("tearingDown"))
	h.code(codes.InvalidArgument, err)
	_, err = h.update(&v1alpha1.UpdateOptions{}, "a", withVersion("2"), withPhase("tearingDown"))
	require.NoError(t, err)
	_, err = h.update(&v1alpha1.UpdateOptions{ExpectedPhase: ptr("tearingDown")}, "a", withVersion("3"), withPhase("tearingDown"))
	require.NoError(t, err)
}

func TestTrap03CodesByMethod(t *testing.T) {
	h := newHouse(t)
	any := &v1alpha1.UpdateOptions{}

	_, err := h.api.Get(h.ctx, &v1alpha1.GetRequest{Namespace: h.namespace, Type: itemType, Id: "none"})
	h.code(codes.NotFound, err)
	_, err = h.update(any, "none", withVersion("1"))
	h.code(codes.NotFound, err)
	_, err = h.teardown("none", "")
	h.code(codes.NotFound, err)
	h.code(codes.NotFound, h.destroy("none", ""))
	h.code(codes.NotFound, h.teardownAndDestroy("none", ""))

	_, err = h.tryCreate("x", "owned")
	require.NoError(t, err)
	_, err = h.update(any, "owned", withVersion("1"), withOwner("x"))
	h.code(codes.PermissionDenied, err)
	_, err = h.teardown("owned", "y")
	h.code(codes.PermissionDenied, err)
	h.code(codes.PermissionDenied, h.destroy("owned", ""))
	h.code(codes.PermissionDenied, h.teardownAndDestroy("owned", ""))

	h.create("held", withFinalizers("keeper"))
	_, err = h.tryCreate("", "held")
	h.code(codes.AlreadyExists, err)
	h.code(codes.FailedPrecondition, h.destroy("held", ""))

	for _, version := range []string{"undefined", "2", "9223372036854775807"} {
		_, err = h.update(any, "held", withVersion(version))
		h.code(codes.FailedPrecondition, err)
	}
}

func TestTrap04PreconditionsLookAtTheCurrentResource(t *testing.T) {
	h := newHouse(t)

	h.create("a", withFinalizers("one", "two"), withLabel("l", "1"))

	// The phase and owner that come are stored; those that are there are compared.
	got, err := h.update(&v1alpha1.UpdateOptions{ExpectedPhase: ptr("running")}, "a",
		withVersion("1"), withPhase("tearingDown"), withOwner("x"), withFinalizers("three", "three"), withLabel("m", ""))
	require.NoError(t, err)
	assert.Equal(t, "2", got.Metadata.Version)
	assert.Equal(t, "tearingDown", got.Metadata.Phase)
	assert.Equal(t, "x", got.Metadata.Owner)
	assert.Equal(t, []string{"three"}, got.Metadata.Finalizers)
	assert.Equal(t, map[string]string{"m": ""}, got.Metadata.Labels)

	_, err = h.update(&v1alpha1.UpdateOptions{ExpectedPhase: ptr("running"), Owner: "x"}, "a", withVersion("2"), withOwner("x"))
	h.code(codes.InvalidArgument, err)
	_, err = h.update(&v1alpha1.UpdateOptions{Owner: "y"}, "a", withVersion("2"), withOwner("y"))
	h.code(codes.PermissionDenied, err)
	_, err = h.update(&v1alpha1.UpdateOptions{Owner: "x"}, "a", withVersion("2"), withOwner("y"))
	require.NoError(t, err)
	assert.Equal(t, "y", h.get("a").Metadata.Owner)
}

func TestTrap05EmptySpecIsThere(t *testing.T) {
	h := newHouse(t)

	for _, r := range []*v1alpha1.Resource{h.create("empty"), h.get("empty")} {
		require.NotNil(t, r.Spec)
		assert.Nil(t, r.Spec.ProtoSpec)
	}

	gone := next(t, h.watch(ptr("none"), nil), destroyed)
	require.NotNil(t, gone.Resource.Spec)
	assert.Nil(t, gone.Resource.Spec.ProtoSpec)

	kind := h.watch(nil, &v1alpha1.WatchOptions{BootstrapBookmark: true})
	require.NotNil(t, next(t, kind, noop).Resource.Spec)

	_, err := h.update(&v1alpha1.UpdateOptions{}, "empty", withVersion("1"))
	require.NoError(t, err)
	require.NotNil(t, next(t, kind, updated).Old.Spec)
}

func TestTrap06Presence(t *testing.T) {
	h := newHouse(t)
	h.create("a")

	// An id that is there, though empty, is of one resource.
	single := next(t, h.watch(ptr(""), nil), destroyed)
	assert.Empty(t, single.Resource.Metadata.Id)
	assert.Nil(t, single.Bookmark)
	assert.Nil(t, single.Error)
	assert.Nil(t, single.Old)

	assert.Equal(t, codes.FailedPrecondition, h.refused(nil, &v1alpha1.WatchOptions{StartFromBookmark: []byte{}}))
	assert.Equal(t, codes.FailedPrecondition, h.refused(ptr("a"), &v1alpha1.WatchOptions{StartFromBookmark: []byte{}}))
	assert.Equal(t, codes.Unimplemented, h.refused(ptr("a"), &v1alpha1.WatchOptions{BootstrapContents: true}))
	assert.Equal(t, codes.Unimplemented, h.refused(ptr("a"), &v1alpha1.WatchOptions{LabelQuery: []*v1alpha1.LabelQuery{{}}}))

	_, err := h.update(&v1alpha1.UpdateOptions{ExpectedPhase: ptr("")}, "a", withVersion("1"))
	h.code(codes.Unknown, err)

	// What a watch of one resource does not know it passes over.
	h.watch(ptr("a"), &v1alpha1.WatchOptions{Aggregated: true, BootstrapBookmark: true, IdQuery: &v1alpha1.IDQuery{Regexp: "("}})
}

func TestTrap07MissingResourceIsDestroyed(t *testing.T) {
	h := newHouse(t)
	stream := h.watch(ptr("late"), nil)
	event := next(t, stream, destroyed)
	assert.Equal(t, "undefined", event.Resource.Metadata.Version)
	assert.Equal(t, "running", event.Resource.Metadata.Phase)
	assert.Equal(t, itemType, event.Resource.Metadata.Type)
	assert.Equal(t, "late", event.Resource.Metadata.Id)
	h.create("late")
	assert.NotEmpty(t, next(t, stream, created).Bookmark)
}

func TestTrap08BootstrapIsOneMoment(t *testing.T) {
	h := newHouse(t)
	assert.NotEmpty(t, next(t, h.watch(nil, &v1alpha1.WatchOptions{BootstrapContents: true}), bootstrapped).Bookmark)

	const writes, watches = 400, 8

	h.create("counter")

	written := make(chan error, 1)

	go func() {
		for version := range writes {
			edits := []edit{withVersion(number(version + 1)), withLabel("n", number(version+2))}
			if _, err := h.update(&v1alpha1.UpdateOptions{}, "counter", edits...); err != nil {
				written <- err

				return
			}
		}

		written <- nil
	}()

	for range watches {
		stream := h.watch(nil, &v1alpha1.WatchOptions{BootstrapContents: true})
		first := next(t, stream, created)
		require.Nil(t, first.Bookmark)
		next(t, stream, bootstrapped)

		// No version is missing and none comes twice between what was there and what came.
		at := first.Resource.Metadata.Version
		for range 20 {
			if at == number(writes+1) {
				break
			}

			event := next(t, stream, updated)
			require.Equal(t, at, event.Old.Metadata.Version)

			at = event.Resource.Metadata.Version
			require.Equal(t, at, event.Resource.Metadata.Labels["n"])
		}

		require.NoError(t, stream.CloseSend())
	}

	require.NoError(t, <-written)
}

func TestTrap09FilteredTransitions(t *testing.T) {
	h := newHouse(t)
	term := &v1alpha1.LabelTerm{Key: "on"}
	stream := h.watch(nil, &v1alpha1.WatchOptions{
		LabelQuery: []*v1alpha1.LabelQuery{{Terms: []*v1alpha1.LabelTerm{term}}},
	})

	h.create("a")

	for i, edits := range [][]edit{
		{withLabel("on", ""), withSpec([]byte("in"))},
		{withLabel("on", "2")},
		{withSpec([]byte("out"))},
		{withSpec([]byte("still out"))},
		{withLabel("on", "again")},
	} {
		_, err := h.update(&v1alpha1.UpdateOptions{}, "a", append(edits, withVersion(number(i+1)))...)
		require.NoError(t, err)
	}

	started := next(t, stream, created)
	assert.Nil(t, started.Old)
	assert.Equal(t, "in", string(started.Resource.Spec.ProtoSpec))
	assert.Equal(t, "", next(t, stream, updated).Old.Metadata.Labels["on"])

	stopped := next(t, stream, destroyed)
	assert.Nil(t, stopped.Old)
	assert.Equal(t, "out", string(stopped.Resource.Spec.ProtoSpec))
	assert.Equal(t, "4", stopped.Resource.Metadata.Version)
	assert.Equal(t, "6", next(t, stream, created).Resource.Metadata.Version)
}

func TestTrap10ThreeValuedTerms(t *testing.T) {
	h := newHouse(t)
	h.create("absent")
	h.create("text", withLabel("k", "x"))
	h.create("zero", withLabel("k", ""))

	type op = v1alpha1.LabelTerm_Operation

	all, none := []string{"absent", "text", "zero"}, []string{}
	for _, c := range []struct {
		op              op
		values          []string
		plain, inverted []string
	}{
		{v1alpha1.LabelTerm_EXISTS, nil, all[1:], all[:1]},
		{v1alpha1.LabelTerm_EXISTS, []string{"ignored"}, all[1:], all[:1]},
		{v1alpha1.LabelTerm_NOT_EXISTS, nil, all[:1], all[:1]},
		{v1alpha1.LabelTerm_EQUAL, []string{"x", "y"}, all[1:2], []string{"absent", "zero"}},
		{v1alpha1.LabelTerm_IN, []string{"x", ""}, all[1:], all[:1]},
		{v1alpha1.LabelTerm_IN, nil, none, all},
		{v1alpha1.LabelTerm_LT, []string{"w"}, all[2:], all[1:2]},
		{v1alpha1.LabelTerm_LTE, []string{"x"}, all[1:], none},
		{v1alpha1.LabelTerm_LT_NUMERIC, []string{"1"}, none, none},
		{v1alpha1.LabelTerm_LTE_NUMERIC, []string{"NaN"}, none, none},
	} {
		plain := h.matching(&v1alpha1.LabelTerm{Key: "k", Op: c.op, Value: c.values})
		inverted := h.matching(&v1alpha1.LabelTerm{Key: "k", Op: c.op, Value: c.values, Invert: true})
		assert.Equal(t, c.plain, plain, "%s %q", c.op, c.values)
		assert.Equal(t, c.inverted, inverted, "not %s %q", c.op, c.values)
	}
}

func TestTrap11StringsCompareByBytes(t *testing.T) {
	h := newHouse(t)

	// In UTF-16 the second sorts before the first.
	const private, astral = "\uE000", "\U00010000"

	for _, id := range []string{astral, "b", private, "B", "a/1", "a", "é"} {
		h.create(id, withLabel("k", id))
	}

	ids, err := h.ids(nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"B", "a", "a/1", "b", "é", private, astral}, ids)
	assert.Equal(t, []string{"B", "a", "a/1", "b", "é", private},
		h.matching(&v1alpha1.LabelTerm{Key: "k", Op: v1alpha1.LabelTerm_LT, Value: []string{astral}}))
	assert.Equal(t, []string{"B", "a", "a/1", "b", "é", private},
		h.matching(&v1alpha1.LabelTerm{Key: "k", Op: v1alpha1.LabelTerm_LTE, Value: []string{private}}))

	stream := h.watch(nil, &v1alpha1.WatchOptions{BootstrapContents: true})
	for _, id := range ids {
		assert.Equal(t, id, next(t, stream, created).Resource.Metadata.Id)
	}
}

func TestTrap12ExpressionsAreRE2(t *testing.T) {
	h := newHouse(t)
	long := strings.Repeat("a", 64) + "!"

	for _, id := range []string{"Disk", "disk", "éa", long} {
		h.create(id)
	}

	for expression, want := range map[string][]string{
		"":               {"Disk", long, "disk", "éa"},
		"is":             {"Disk", "disk"},
		`^D`:             {"Disk"},
		`(?i)^disk\z`:    {"Disk", "disk"},
		`[[:upper:]]`:    {"Disk"},
		`^\pL\pL$`:       {"éa"},
		`^(a|aa|a?)+$`:   {},
		`^(?P<n>a{64})!`: {long},
		`\Qéa\E`:         {"éa"},
	} {
		ids, err := h.ids(&v1alpha1.ListOptions{IdQuery: &v1alpha1.IDQuery{Regexp: expression}})
		require.NoError(t, err, expression)
		assert.Equal(t, want, ids, expression)
	}

	for _, expression := range []string{"(", "a(?=b)", `(a)\1`, "a{1001}", `\Z`} {
		query := &v1alpha1.IDQuery{Regexp: expression}
		_, err := h.ids(&v1alpha1.ListOptions{IdQuery: query})
		h.code(codes.InvalidArgument, err)
		assert.Equal(t, codes.InvalidArgument, h.refused(nil, &v1alpha1.WatchOptions{IdQuery: query}), expression)
	}
}

func TestTrap13NumbersHave64Bits(t *testing.T) {
	h := newHouse(t)

	// The first two are one number where numbers are doubles.
	values := []string{"9007199254740992", "9007199254740993", "9223372036854775807", "-9223372036854775808", "10kg", "4GiB"}
	for i, value := range values {
		h.create(number(i), withLabel("k", value))
	}

	below := func(value string) []string {
		return h.matching(&v1alpha1.LabelTerm{Key: "k", Op: v1alpha1.LabelTerm_LT_NUMERIC, Value: []string{value}})
	}
	assert.Equal(t, []string{"0", "3", "4", "5"}, below("9007199254740993"))
	assert.Equal(t, []string{"0", "1", "3", "4", "5"}, below("9223372036854775807"))
	assert.Equal(t, []string{"3", "4"}, below("4294967296"))
	assert.Empty(t, below("9223372036854775808"), "it is no number")

	for _, version := range []string{"", "x", "1.5", "9223372036854775808", " 1"} {
		_, err := h.update(&v1alpha1.UpdateOptions{}, "0", withVersion(version))
		h.code(codes.Unknown, err)
	}

	for _, version := range []string{"+1", "001"} {
		_, err := h.update(&v1alpha1.UpdateOptions{}, "0", withVersion(version), withLabel("k", "v"))
		require.NoError(t, err)
		require.NoError(t, h.destroy("0", ""))
		assert.Equal(t, "1", h.create("0", withVersion("77")).Metadata.Version)
	}
}
