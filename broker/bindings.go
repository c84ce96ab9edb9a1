// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"net/http"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/osb"
)

func (e *endpoint) bind(r *http.Request) (*response, error) {
	request := &osb.BindRequest{
		InstanceID: r.PathValue("instance_id"), BindingID: r.PathValue("binding_id"),
		AcceptsIncomplete: acceptsIncomplete(r), Identity: originate(r),
	}
	if err := read(r, request); err != nil {
		return nil, err
	}
	answer, err := e.service.Bind(r.Context(), request)
	if err != nil {
		return nil, err
	}
	if answer.Created && answer.Operation == "" { // with an operation it has only begun
		return created(answer), nil
	}
	return asked(answer, answer.Operation), nil
}

func (e *endpoint) unbind(r *http.Request) (*response, error) {
	query := r.URL.Query()
	request := &osb.UnbindRequest{
		InstanceID: r.PathValue("instance_id"), BindingID: r.PathValue("binding_id"),
		AcceptsIncomplete: acceptsIncomplete(r), Identity: originate(r),
		ServiceID: query.Get("service_id"), PlanID: query.Get("plan_id"),
	}
	if err := request.Validate(); err != nil {
		return nil, err
	}
	if err := e.service.Unbind(r.Context(), request); err != nil {
		return nil, err
	}
	return ok(struct{}{}), nil
}

func (e *endpoint) binding(r *http.Request) (*response, error) {
	instanceID, bindingID := r.PathValue("instance_id"), r.PathValue("binding_id")
	if err := osb.ValidateIDs(instanceID, bindingID); err != nil {
		return nil, err
	}
	binding, err := e.service.Binding(r.Context(), instanceID, bindingID)
	if err != nil {
		return nil, err
	}
	return ok(binding), nil
}

func (e *endpoint) bindingOperation(r *http.Request) (*response, error) {
	request := &osb.PollRequest{
		InstanceID: r.PathValue("instance_id"), BindingID: r.PathValue("binding_id"), Operation: operationOf(r),
	}
	if err := request.Validate(); err != nil {
		return nil, err
	}
	operation, err := e.service.BindingOperation(r.Context(), request)
	if err != nil {
		return nil, err
	}
	return polled(operation), nil
}
