// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import "net/http"

// What the Manager says about itself.

const managerName = "cloudify-manager"

func getVersion(r *request) (*response, error) {
	about := map[string]any{"edition": "community", "version": r.sim.profile.Version, "build": nil, "date": nil, "commit": nil}
	if r.sim.profile.has(tellsDistribution) {
		about["distribution"], about["distro_release"] = "debian", "bookworm"
	}
	return answer(http.StatusOK, about)
}

func getStatus(r *request) (*response, error) {
	if !r.sim.profile.has(summarizesStatus) {
		return answer(http.StatusOK, map[string]any{"status": "running", "services": []any{}})
	}
	services := map[string]any{}
	if !r.flag("summary") {
		for _, name := range []string{
			"Webserver", "Management Worker", "Manager Rest-Service", "Cloudify API", "Cloudify Execution Scheduler",
			"PostgreSQL", "RabbitMQ", "Monitoring Service",
		} {
			services[name] = map[string]any{"status": "Active", "is_remote": false, "extra_info": map[string]any{}}
		}
		services["RabbitMQ"].(map[string]any)["extra_info"] = map[string]any{"connection_check": "OK"}
	}
	return answer(http.StatusOK, map[string]any{"status": "OK", "services": services})
}

func getClusterStatus(r *request) (*response, error) {
	services := map[string]any{}
	if !r.flag("summary") {
		for _, name := range []string{"broker", "db", "manager"} {
			services[name] = map[string]any{"is_external": false, "status": "OK", "nodes": map[string]any{}}
		}
	}
	return answer(http.StatusOK, map[string]any{"status": "OK", "services": services})
}

func getOK(*request) (*response, error) {
	return answer(http.StatusOK, "OK")
}

func getConfig(r *request) (*response, error) {
	items := []any{}
	for _, entry := range []struct {
		name   string
		value  any
		schema any
	}{
		{"account_lock_period", int(r.sim.options.LockFor.Seconds()), map[string]any{"type": "number", "minimum": -1}},
		{"api_service_log_level", "INFO", map[string]any{"type": "string", "enum": []string{"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}}},
		{"api_service_log_path", "/opt/manager/logs", nil},
		{"blueprint_folder_max_files", 10000, map[string]any{"type": "integer", "minimum": 0}},
		{"default_page_size", r.sim.profile.ListLimit, map[string]any{"type": "integer", "minimum": 1}},
		{"failed_logins_before_account_lock", r.sim.options.LockAfter, map[string]any{"type": "integer", "minimum": 1}},
	} {
		items = append(items, map[string]any{
			"name": entry.name, "value": entry.value, "schema": entry.schema,
			"is_editable": entry.schema != nil, "admin_only": false, "updated_at": nil, "scope": "rest", "updater_name": nil,
		})
	}
	return answer(http.StatusOK, map[string]any{"metadata": map[string]any{}, "items": items})
}

func listManagers(r *request) (*response, error) {
	return answer(http.StatusOK, envelope([]any{map[string]any{
		"id": 1, "hostname": managerName, "private_ip": "127.0.0.1", "public_ip": "127.0.0.1", "version": r.sim.profile.Version,
		"edition": "community", "distribution": "debian", "distro_release": "bookworm", "fs_sync_node_id": nil,
		"networks": map[string]any{"default": "127.0.0.1"}, "last_seen": timestamp(r.sim.account.created),
		"status_report_frequency": 0, "ca_cert_content": "",
	}}, 1, r.sim.profile.ListLimit, 0, nil))
}

func getProviderContext(*request) (*response, error) {
	return answer(http.StatusOK, map[string]any{"id": "CONTEXT", "name": "provider", "context": map[string]any{}})
}

func premiumOnly(*request) (*response, error) {
	return nil, refuse(http.StatusNotFound, "missing_premium_package_error",
		"This feature exists only in the premium edition of Cloudify.\nPlease contact sales for additional info.")
}

func showTenant() map[string]any {
	return map[string]any{
		"name": tenantName, "groups": 0, "users": 1, "user_roles": nil,
		"rabbitmq_username": nil, "rabbitmq_password": nil, "rabbitmq_vhost": nil,
	}
}

func listTenants(r *request) (*response, error) {
	return answer(http.StatusOK, envelope([]any{showTenant()}, 1, r.sim.profile.ListLimit, 0, nil))
}

func getTenant(r *request) (*response, error) {
	if r.id() != tenantName {
		return nil, notFound("Tenant", r.id())
	}
	return answer(http.StatusOK, showTenant())
}

func getUser(r *request) (*response, error) {
	a := &r.sim.account
	return answer(http.StatusOK, map[string]any{
		"username": a.username, "tenants": 1, "tenant_roles": nil, "groups": 0, "role": "sys_admin", "group_system_roles": map[string]any{},
		"active": true, "created_at": timestamp(a.created), "first_login_at": timestamp(a.created), "last_login_at": timestamp(a.lastLogin),
		"is_locked": false, "show_getting_started": true, "password_hash": nil,
	})
}
