package official

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/stretchr/testify/suite"

	controllers "github.com/cosi-project/runtime/pkg/controller/conformance"
	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/resource/protobuf"
	"github.com/cosi-project/runtime/pkg/state/conformance"
)

func init() {
	for _, err := range []error{
		protobuf.RegisterResource(conformance.PathResourceType, &conformance.PathResource{}),
		protobuf.RegisterResource(controllers.IntResourceType, &controllers.IntResource{}),
		protobuf.RegisterResource(controllers.StrResourceType, &controllers.StrResource{}),
	} {
		if err != nil {
			panic(err)
		}
	}
}

func TestOfficialStateSuite(t *testing.T) {
	suite.Run(t, &conformance.StateSuite{
		State:      adapter(t, shared.socket),
		Namespaces: []resource.Namespace{"default", "controller", "system", "runtime"},
	})
	require.Nil(t, shared.process.ProcessState)
}
