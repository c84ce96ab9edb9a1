// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"net/http"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

func (e *endpoint) provision(r *http.Request) (*response, error) {
	request := &osb.ProvisionRequest{InstanceID: r.PathValue("instance_id"), AcceptsIncomplete: acceptsIncomplete(r), Identity: originate(r)}
	if err := read(r, request); err != nil {
		return nil, err
	}
	answer, err := e.service.Provision(r.Context(), request)
	if err != nil {
		return nil, err
	}
	return asked(answer, answer.Operation), nil
}

func (e *endpoint) update(r *http.Request) (*response, error) {
	request := &osb.UpdateRequest{InstanceID: r.PathValue("instance_id"), AcceptsIncomplete: acceptsIncomplete(r), Identity: originate(r)}
	if err := read(r, request); err != nil {
		return nil, err
	}
	answer, err := e.service.Update(r.Context(), request)
	if err != nil {
		return nil, err
	}
	return asked(answer, answer.Operation), nil
}

func (e *endpoint) deprovision(r *http.Request) (*response, error) {
	query := r.URL.Query()
	request := &osb.DeprovisionRequest{
		InstanceID: r.PathValue("instance_id"), AcceptsIncomplete: acceptsIncomplete(r), Identity: originate(r),
		ServiceID: query.Get("service_id"), PlanID: query.Get("plan_id"),
	}
	if err := request.Validate(); err != nil {
		return nil, err
	}
	answer, err := e.service.Deprovision(r.Context(), request)
	if err != nil {
		return nil, err
	}
	return asked(answer, answer.Operation), nil
}

func (e *endpoint) instance(r *http.Request) (*response, error) {
	instanceID := r.PathValue("instance_id")
	if err := osb.ValidateInstanceID(instanceID); err != nil {
		return nil, err
	}
	instance, err := e.service.Instance(r.Context(), instanceID)
	if err != nil {
		return nil, err
	}
	return ok(instance), nil
}

func (e *endpoint) instanceOperation(r *http.Request) (*response, error) {
	request := &osb.PollRequest{InstanceID: r.PathValue("instance_id"), Operation: operationOf(r)}
	if err := request.Validate(); err != nil {
		return nil, err
	}
	operation, err := e.service.InstanceOperation(r.Context(), request)
	if err != nil {
		return nil, err
	}
	return polled(operation), nil
}
