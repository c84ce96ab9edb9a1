// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// refusal is why a Manager cannot be used, in words that name the fix.
type refusal struct {
	reason, message string
	// unseen: nothing of the Manager answered, so nothing is known.
	unseen bool
	// credentials: trying more often could lock the account.
	credentials bool
}

// refusalOf says what an answer to the first calls means. It is pure.
func refusalOf(m *v1alpha1.CloudifyManager, err error) refusal {
	spec := m.Spec
	if invalid, ok := errors.AsType[configError](err); ok {
		return refusal{reason: v1alpha1.ReasonInvalidConfiguration, message: fmt.Sprintf(
			"%v. Correct the spec, Secret %s, or the object that tls.caRef refers to", invalid.error, spec.CredentialsSecretRef.Name)}
	}
	if old, ok := errors.AsType[releaseError](err); ok {
		return refusal{reason: v1alpha1.ReasonUnsupportedRelease, message: old.Error()}
	}
	switch {
	case cloudify.IsCertificateError(err):
		return refusal{reason: v1alpha1.ReasonCertificateRefused, message: fmt.Sprintf(
			"the certificate of %s is not trusted: %v. Set tls.caRef to its certificate authority, or tls.serverName to the name it carries", spec.Endpoint, err)}
	case cloudify.IsUnreachable(err):
		return refusal{reason: v1alpha1.ReasonManagerUnreachable, unseen: true, message: fmt.Sprintf(
			"%s does not answer: %v. The operator keeps trying; correct spec.endpoint if it is wrong", spec.Endpoint, err)}
	case cloudify.IsUnauthorized(err):
		return refusal{reason: v1alpha1.ReasonUnauthorized, credentials: true, message: fmt.Sprintf(
			"the Manager refuses the credentials of Secret %s: %v. Correct the Secret: a change is tried at once; otherwise at least a minute passes between attempts",
			spec.CredentialsSecretRef.Name, err)}
	case cloudify.IsForbidden(err):
		return refusal{reason: v1alpha1.ReasonTenantRefused, credentials: true, message: fmt.Sprintf(
			"tenant %s cannot be used: %v. Give the user a role in it, or create a CloudifyManager for the right tenant", spec.Tenant, err)}
	case cloudify.IsMaintenance(err):
		return refusal{reason: v1alpha1.ReasonMaintenance, message: fmt.Sprintf(
			"the Manager is closed for maintenance: %v. The operator changes nothing there until maintenance ends, then continues by itself", err)}
	case isNoManager(err):
		return refusal{reason: v1alpha1.ReasonNotCloudify, credentials: wantsCredentials(err), message: fmt.Sprintf(
			"%s is not the API of a Cloudify Manager: %v. Correct spec.endpoint, or configure the proxy or server that answers in its place to let the operator through",
			spec.Endpoint, err)}
	default:
		return refusal{reason: v1alpha1.ReasonManagerError, message: err.Error()}
	}
}

// oldestRelease is the oldest the operator knows.
var oldestRelease = cloudify.Release{Major: 4, Minor: 2}

// configError is a configuration that cannot make a connection.
type configError struct{ error }

// releaseError is a Manager that is too old.
type releaseError struct{ version string }

func (e releaseError) Error() string {
	return fmt.Sprintf("the Manager runs release %s; the operator needs %s or later", e.version, oldestRelease)
}

// isNoManager reports whether something else than a Manager answered a login. A Manager gives its code with every refusal of one;
// later requests may meet pages of a Manager's own (cloudify.IsForeign).
func isNoManager(err error) bool {
	answer, ok := errors.AsType[*cloudify.Error](err)
	return !ok || answer.Code == "" && answer.StatusCode < http.StatusInternalServerError && !cloudify.IsThrottled(err)
}

// wantsCredentials reports whether what answered in place of a Manager refused the credentials, and may lock the account, too.
func wantsCredentials(err error) bool {
	answer, ok := errors.AsType[*cloudify.Error](err)
	return ok && answer.StatusCode == http.StatusUnauthorized
}

// error turns the refusal into the end of a reconcile.
func (r refusal) error(after time.Duration) error {
	if r.unseen {
		return outcome.WaitUnseen(after, r.reason, "%s", r.message)
	}
	return outcome.WaitFor(after, r.reason, "%s", r.message)
}
