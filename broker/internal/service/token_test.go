// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

func TestParseToken(t *testing.T) {
	g := NewWithT(t)
	for _, whole := range []token{{verbProvision, uid, 1}, {verbUpdate, uid, 9223372036854775807}, {verbDeprovision, "u", 20}, {verbBind, uid, 1}} {
		parsed, ok := parseToken(whole.String())
		g.Expect(ok).To(BeTrue(), whole.String())
		g.Expect(parsed).To(Equal(whole))
		g.Expect(len(whole.String())).To(BeNumerically("<", 10_000))
	}
	for _, text := range []string{
		"", "provision", "update", "deprovision", ".", "..", "provision..1", "provision." + uid, "provision." + uid + ".", "provision." + uid + ".0",
		"provision." + uid + ".-1", "provision." + uid + ".+1", "provision." + uid + ".01", "provision." + uid + ".1.", "provision." + uid + ".1e3",
		"Provision." + uid + ".1", "destroy." + uid + ".1", "provision." + uid + ".9223372036854775808", " provision." + uid + ".1", strings.Repeat("a.", 10_000),
	} {
		_, ok := parseToken(text)
		g.Expect(ok).To(BeFalse(), "%.60q", text)
	}
}

func FuzzToken(f *testing.F) {
	for _, seed := range []string{"", "provision", "deprovision." + uid + ".1", "update." + uid + ".9223372036854775807", "bind.x.1", "provision.." + uid, "update\x00.\xff.1"} {
		f.Add(seed)
	}
	objects := []*v1alpha1.CloudifyDeployment{nil, instance(1, 0), instance(3, 2, updated), instance(1, 1, deleting), instance(2, 1, stalledBy("X"))}
	f.Fuzz(func(t *testing.T, text string) {
		parsed, ok := parseToken(text)
		if ok && parsed.String() != text {
			t.Errorf("%q became %q", text, parsed)
		}
		for _, object := range objects {
			op, err := operationState(sight{deployment: object, live: true}, text)
			switch {
			case err != nil && (object != nil || err != ErrNotFound): //nolint:errorlint // it is this very error
				t.Errorf("%q of %v: %v", text, object, err)
			case err == nil && op.State != osb.InProgress && op.State != osb.Succeeded && op.State != osb.Failed:
				t.Errorf("%q of %v: state %q", text, object, op.State)
			}
		}
	})
}
