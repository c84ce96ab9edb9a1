// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"errors"
	"testing"

	"github.com/go-logr/logr/funcr"
	. "github.com/onsi/gomega"
)

// Only the end of the leader election is no error.
func TestWhatIsNoErrorAtTheEnd(t *testing.T) {
	for _, row := range []struct {
		name, message string
		err           error
		said          string
	}{
		{"the end of the election", afterTheEnd, errors.New(electionOver), `"level"=1`},
		{"anything else at the end", afterTheEnd, errors.New("the cache did not sync"), "did not sync"},
		{"the same at another time", "Reconciler error", errors.New(electionOver), electionOver},
		{"no error", afterTheEnd, nil, afterTheEnd},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := NewWithT(t)
			said := ""
			logger := funcr.New(func(_, line string) { said += line }, funcr.Options{Verbosity: 1})
			logger = logger.WithSink(quiet{logger.GetSink()}).WithName("manager").WithValues("key", "value")
			logger.Error(row.err, row.message)
			g.Expect(said).To(And(ContainSubstring(row.said), ContainSubstring("value")))
		})
	}
}
