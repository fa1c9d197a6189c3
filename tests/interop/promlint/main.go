// Promlint judges numbers on its standard input as `promtool check metrics` does: it reads them by Prometheus' own
// parser, then lints their names, kinds and help. It prints a line for each fault and ends with 1 where there is one.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

func main() {
	text, err := io.ReadAll(os.Stdin)
	if err != nil {
		fail(err.Error())
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		fail(err.Error())
	}
	problems, err := promlint.New(bytes.NewReader(text)).Lint()
	if err != nil {
		fail(err.Error())
	}
	for _, problem := range problems {
		fmt.Printf("%s: %s\n", problem.Metric, problem.Text)
	}
	samples := 0
	for _, family := range families {
		samples += len(family.GetMetric())
	}
	fmt.Printf("%d families, %d samples\n", len(families), samples)
	if len(problems) > 0 {
		os.Exit(1)
	}
}

func fail(text string) {
	fmt.Println(text)
	os.Exit(1)
}
