// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"net/http"
	"slices"
	"strings"
)

// access is what a route asks of a request before its handler sees it.
type access int

const (
	tenant access = iota // credentials and a Tenant header
	user                 // credentials
	public
)

// route is one method of one resource below the API's root.
type route struct {
	method, pattern string // "deployments/{id}/outputs"
	handle          handler
	access          access
	// duringMaintenance marks what is served while maintenance is active.
	duringMaintenance bool

	segments []string
	refusal  *response // of a route that is none
}

const apiRoot = "/api/v3.1/"

// name is the route's in the journal and in faults: "PUT deployments/{id}".
func (r *route) name(hr *http.Request) string {
	if r.handle == nil {
		return hr.Method + " " + strings.TrimPrefix(hr.URL.Path, apiRoot)
	}
	return r.method + " " + r.pattern
}

// shortRoute leaves out the ID at the end of what changes the named thing: "PUT deployments".
// A POST to a thing acts on it and keeps its full name.
func shortRoute(name string) string {
	if strings.HasPrefix(name, "GET ") || strings.HasPrefix(name, "POST ") {
		return name
	}
	return strings.TrimSuffix(name, "/{id}")
}

var routes []*route

func init() {
	add := func(access access, method, pattern string, handle handler) *route {
		r := &route{method: method, pattern: pattern, handle: handle, access: access, segments: strings.Split(pattern, "/")}
		routes = append(routes, r)
		return r
	}
	always := func(r *route) { r.duringMaintenance = true }

	always(add(user, "GET", "version", getVersion))
	always(add(user, "GET", "status", getStatus))
	always(add(user, "GET", "cluster-status", getClusterStatus))
	always(add(public, "GET", "ok", getOK))
	always(add(user, "GET", "config", getConfig))
	always(add(user, "GET", "maintenance", getMaintenance))
	always(add(user, "POST", "maintenance/activate", activateMaintenance))
	always(add(user, "POST", "maintenance/deactivate", deactivateMaintenance))
	always(add(user, "GET", "managers", listManagers))
	add(tenant, "GET", "provider/context", getProviderContext)
	add(tenant, "GET", "plugins", emptyList)
	add(tenant, "GET", "execution-schedules", emptyList)
	for _, premium := range []string{
		"GET license", "POST tenants/{id}", "GET users", "PUT users", "PUT tenants/users", "POST users/active/{id}",
	} {
		method, pattern, _ := strings.Cut(premium, " ")
		add(user, method, pattern, premiumOnly)
	}
	add(user, "GET", "tenants", listTenants)
	add(user, "GET", "tenants/{id}", getTenant)
	add(user, "GET", "user", getUser)
	add(user, "GET", "tokens", listTokens)
	add(user, "POST", "tokens", createToken)
	add(user, "GET", "tokens/{id}", getToken)
	add(user, "DELETE", "tokens/{id}", deleteToken)

	add(tenant, "GET", "blueprints", listBlueprints)
	add(tenant, "GET", "blueprints/{id}", getBlueprint)
	add(tenant, "PUT", "blueprints/{id}", uploadBlueprint)
	add(tenant, "PATCH", "blueprints/{id}", patchBlueprint)
	add(tenant, "DELETE", "blueprints/{id}", deleteBlueprint)
	add(tenant, "PUT", "blueprints/{id}/validate", validateBlueprint)
	add(tenant, "GET", "blueprints/{id}/archive", getArchive)
	add(tenant, "PATCH", "blueprints/{id}/set-visibility", setBlueprintVisibility)

	add(tenant, "GET", "deployments", listDeployments)
	add(tenant, "GET", "deployments/inter-deployment-dependencies", listDependencies)
	add(tenant, "GET", "deployments/{id}", getDeployment)
	add(tenant, "PUT", "deployments/{id}", createDeployment)
	add(tenant, "PATCH", "deployments/{id}", patchDeployment)
	add(tenant, "DELETE", "deployments/{id}", deleteDeployment)
	add(tenant, "GET", "deployments/{id}/outputs", getOutputs)
	add(tenant, "GET", "deployments/{id}/capabilities", getCapabilities)
	add(tenant, "PATCH", "deployments/{id}/set-visibility", setDeploymentVisibility)

	add(tenant, "GET", "deployment-updates", listUpdates)
	add(tenant, "GET", "deployment-updates/{id}", getUpdate)
	add(tenant, "POST", "deployment-updates/{id}/update/initiate", initiateUpdate)
	add(tenant, "PUT", "deployment-updates/{id}/update/initiate", initiateUpdate)
	add(tenant, "POST", "deployment-updates/{id}/update/finalize", finalizeUpdate)

	add(tenant, "GET", "executions", listExecutions)
	add(tenant, "POST", "executions", startExecution)
	add(tenant, "GET", "executions/{id}", getExecution)
	add(tenant, "POST", "executions/{id}", actOnExecution)
	add(tenant, "PATCH", "executions/{id}", setExecutionStatus)
	add(tenant, "GET", "events", listEvents)
	add(tenant, "GET", "workflows", listWorkflows)

	add(tenant, "GET", "nodes", listNodes)
	add(tenant, "PATCH", "nodes/{deployment}/{id}", nil)
	add(tenant, "GET", "node-instances", listInstances)
	add(tenant, "GET", "node-instances/{id}", getInstance)

	add(tenant, "GET", "secrets", listSecrets)
	add(tenant, "GET", "secrets/{id}", getSecret)
	add(tenant, "PUT", "secrets/{id}", putSecret)
	add(tenant, "PATCH", "secrets/{id}", patchSecret)
	add(tenant, "DELETE", "secrets/{id}", deleteSecret)

	add(tenant, "GET", "labels/{kind}", listLabels)
	add(tenant, "GET", "labels/{kind}/{id}", listLabelValues)
	add(tenant, "POST", "searches/{kind}", search)
	add(tenant, "GET", "summary/{kind}", summarize)
	add(tenant, "POST", "evaluate/functions", evaluateFunctions)
}

// route matches the decoded path, as the Manager's framework does: an escaped slash parts
// segments. What is nowhere gets a route that refuses.
func (p profile) route(method, path string) (*route, map[string]string) {
	if path == "/api/version" {
		path = apiRoot + "version"
	}
	rest, ok := strings.CutPrefix(path, apiRoot)
	if !ok {
		return &route{refusal: htmlError(http.StatusNotFound)}, nil
	}
	segments := strings.Split(rest, "/")
	var allowed []string
	for _, r := range routes {
		vars, ok := match(r.segments, segments)
		if !ok || !p.offers(r) {
			continue
		}
		if r.method == method && r.handle != nil {
			return r, vars
		}
		if r.handle == nil {
			// A resource of which the simulator knows only that other methods are refused.
			return &route{refusal: methodNotAllowed([]string{"DELETE", r.method})}, nil
		}
		allowed = append(allowed, r.method)
		if r.method == http.MethodGet {
			allowed = append(allowed, http.MethodHead)
		}
	}
	if len(allowed) > 0 {
		return &route{refusal: methodNotAllowed(allowed)}, nil
	}
	return &route{refusal: htmlError(http.StatusNotFound)}, nil
}

func match(pattern, segments []string) (map[string]string, bool) {
	if len(pattern) != len(segments) || slices.Contains(segments, "") {
		return nil, false
	}
	vars := map[string]string{}
	for i, p := range pattern {
		if name, variable := strings.CutPrefix(p, "{"); variable {
			vars[strings.TrimSuffix(name, "}")] = segments[i]
		} else if p != segments[i] {
			return nil, false
		}
	}
	return vars, true
}
