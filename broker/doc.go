// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package broker serves the Open Service Broker API v2.17 over the objects that kubectl sees. It speaks HTTP and nothing
// else: what a request means is for the package service to say, where things are kept for the package store, who comes in for the
// package doors, and which connections are open for the package connections.
//
//	GET    /v2/catalog                                                          catalog          CloudifyBlueprints that are offered
//	PUT    /v2/service_instances/{instance_id}                                  provision        creates a CloudifyDeployment
//	GET    /v2/service_instances/{instance_id}                                  instance
//	PATCH  /v2/service_instances/{instance_id}                                  update
//	DELETE /v2/service_instances/{instance_id}                                  deprovision
//	GET    /v2/service_instances/{instance_id}/last_operation                   instanceOperation
//	PUT    /v2/service_instances/{instance_id}/service_bindings/{binding_id}    bind             creates a CloudifyBinding
//	GET    …/service_bindings/{binding_id}                                      binding
//	DELETE …/service_bindings/{binding_id}                                      unbind
//	GET    …/service_bindings/{binding_id}/last_operation                       bindingOperation
//
// A request passes, in this order: who asks (401), the version of the protocol (412), how much is being done already (429,
// 503), the route (404, 405), whether the caller may (403), whether the endpoint can answer at all (503), the form of the
// request (400). Then the service decides. Whatever the answer, its body is a JSON object.
//
// The files read from the top down, and none uses one above it: setup, with informers, server, options and tls; routes, with the
// table of endpoints and the order of the checks; instances and bindings, a function an endpoint; endpoint, with what these need,
// and catalog, the answer that is kept; and the skeleton of HTTP, which knows none of them: requests, middleware, visit, handler,
// errors, response.
//
// Every replica serves. None of them ever asks a Cloudify Manager.
package broker
