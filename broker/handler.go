// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"errors"
	"net/http"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/doors"
)

// handler answers a request with a response, or with an error that errors.go makes one of.
type handler func(*http.Request) (*response, error)

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reads := r.Method == http.MethodGet
	if !reads { // of what only reads nothing is logged but an error
		r = named(r)
	}
	answer, err := h(r)
	if err != nil {
		if reads {
			r = named(r)
		}
		fail(w, r, err)
		return
	}
	if answer.status == http.StatusCreated || answer.status == http.StatusAccepted {
		log.FromContext(r.Context()).Info("Accepted request", "method", r.Method, "status", answer.status)
	}
	answer.write(w)
}

// named is a request that adds the IDs of instance and binding to all that is logged of it.
func named(r *http.Request) *http.Request {
	logger := log.FromContext(r.Context())
	if id := r.PathValue("instance_id"); id != "" {
		logger = logger.WithValues("instanceID", id)
	}
	if id := r.PathValue("binding_id"); id != "" {
		logger = logger.WithValues("bindingID", id)
	}
	return r.WithContext(log.IntoContext(r.Context(), logger))
}

// fail answers an error. It is the one place where errors end, so it logs them.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, doors.ErrOverloaded) { // to a platform it is an overload like any other
		err = overloaded(r)
	}
	answer := responseFor(err)
	logger := log.FromContext(r.Context()).WithValues("method", r.Method, "status", answer.status)
	switch {
	case errors.Is(r.Context().Err(), context.Canceled): // which is what the error is about, whatever it says
		logger.Info("Platform hung up before the answer", "reason", err.Error())
	case answer.status >= http.StatusInternalServerError:
		logger.Error(err, "Request ended in an error")
	default:
		logger.V(1).Info("Refused request", "reason", err.Error())
	}
	answer.write(w)
}
