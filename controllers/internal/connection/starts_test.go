// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package connection

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/cloudify-operator/cloudify-operator/internal/leadership"
)

// Of two that looked at a deployment, and found nothing running, one starts a workflow; the other must look again.
func TestOneStartALook(t *testing.T) {
	g := NewWithT(t)
	pool := NewPool()
	mine, theirs := leadership.Now(), leadership.Now()

	end, ok := pool.BeginStart("m", "d", mine)
	g.Expect(ok).To(BeTrue())
	_, ok = pool.BeginStart("m", "d", theirs)
	g.Expect(ok).To(BeFalse(), "while the first is under way")
	end()
	_, ok = pool.BeginStart("m", "d", theirs)
	g.Expect(ok).To(BeFalse(), "the look is older than the start")

	end, ok = pool.BeginStart("m", "other", theirs)
	g.Expect(ok).To(BeTrue(), "another deployment")
	end()
	end, ok = pool.BeginStart("n", "d", theirs)
	g.Expect(ok).To(BeTrue(), "another Manager")
	end()
	end, ok = pool.BeginStart("m", "d", leadership.Now())
	g.Expect(ok).To(BeTrue(), "after another look")
	end()
}
