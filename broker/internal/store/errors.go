// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
)

// explain makes the service's errors of the API server's. Whatever it does not know may pass.
func explain(what string, err error) error {
	var refused apierrors.APIStatus
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused) && (apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) || apierrors.IsRequestEntityTooLargeError(err)):
		return &service.InvalidError{Reason: "the request does not fit into a Kubernetes object" + fields(refused)}
	case apierrors.IsAlreadyExists(err):
		return fmt.Errorf("%s: %w", what, service.ErrExists)
	case apierrors.IsConflict(err):
		return fmt.Errorf("%s: %w", what, service.ErrStale)
	case apierrors.IsNotFound(err):
		return fmt.Errorf("%s: %w", what, service.ErrNotFound)
	default:
		return fmt.Errorf("%s: %w: %w", what, service.ErrUnavailable, err)
	}
}

// fields names the fields that the API server refused; what it says of them may quote values.
func fields(refused apierrors.APIStatus) string {
	details := refused.Status().Details
	if details == nil {
		return ""
	}
	var names []string
	for _, cause := range details.Causes {
		if cause.Field != "" && len(names) < 5 {
			names = append(names, cause.Field)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return ": " + strings.Join(names, ", ")
}
