// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package cloudify

import (
	"errors"
	"net/http"
	"strings"
)

// class is what an error_code asks for.
type class int

const (
	classUnknown class = iota // retried: nothing is final that is not known to be
	classNotFound
	classConflict
	classBusy
	classUnauthorized
	classForbidden
	classMaintenance
	classThrottled
	classDependentExists
	classCreationFailed
	classInvalid
	classUnavailableWorkflow
	classIllegalAction
	classUnknownField
	classPrerequisite
	classForeign
)

// codes is the one table from error_code to class.
var codes = map[string]class{
	"not_found_error": classNotFound,
	"conflict_error":  classConflict,

	"existing_running_execution_error":                       classBusy,
	"global_parallel_running_executions_limit_reached_error": classBusy,
	"deployment_environment_creation_pending_error":          classBusy,
	"deployment_environment_creation_in_progress_error":      classBusy,
	"existing_started_deployment_modification_error":         classBusy,
	"forbidden_while_cancelling":                             classBusy,

	"unauthorized_error":            classUnauthorized,
	"application_not_secured_error": classUnauthorized,
	"no_token_generator_error":      classUnauthorized,
	"forbidden_error":               classForbidden,

	"maintenance_mode_active":   classMaintenance,
	"in_snapshot_restore_error": classMaintenance,
	"entering_maintenance_mode": classBusy, // nothing new begins; what runs can be followed to its end

	"dependent_exists_error":     classDependentExists,
	"deployment_creation_error":  classCreationFailed,
	"unavailable_workflow_error": classUnavailableWorkflow,
	"illegal_action_error":       classIllegalAction,

	"missing_required_deployment_input_error": classInvalid,
	"unknown_deployment_input_error":          classInvalid,
	"deployment_input_evaluation_error":       classInvalid,
	"constraint_error":                        classInvalid,
	"illegal_execution_parameters_error":      classInvalid,
	"nonexistent_workflow_error":              classInvalid,
	"invalid_blueprint_error":                 classInvalid,
	"invalid_yaml_format":                     classInvalid,
	"param_url_not_found_error":               classInvalid,
	"bad_parameters_error":                    classInvalid,
	"unsupported_content_type_error":          classInvalid,
	"unsupported_change_in_deployment_update": classInvalid,
	"invalid_filter_rule":                     classInvalid,
	"only_deployment_update":                  classInvalid,
	"upload_missing_file":                     classInvalid,

	"no_such_include_field_error": classUnknownField,

	"deployment_plugin_not_found":              classPrerequisite,
	"invalid_plugin_error":                     classPrerequisite,
	"plugin_installation_error":                classPrerequisite,
	"plugin_installation_timeout":              classPrerequisite,
	"unknown_deployment_secret_error":          classPrerequisite,
	"functions_evaluation_error":               classPrerequisite,
	"deployment_outputs_evaluation_error":      classPrerequisite,
	"deployment_capabilities_evaluation_error": classPrerequisite,
	"deployment_parent_not_found_error":        classPrerequisite,
	"imported_blueprint_not_found":             classPrerequisite,
	"missing_premium_package_error":            classPrerequisite,
	"blueprint_in_use":                         classDependentExists,
}

// exceptions are codes that mean something else for one kind of request.
var exceptions = map[string]class{
	"DELETE blueprints invalid_blueprint_error": classBusy,           // its upload is not over
	"PUT deployments invalid_blueprint_error":   classCreationFailed, // 5.2 to 6.2: its blueprint is not uploaded
	"GET blueprints bad_parameters_error":       classUnknownField,
	"GET deployments bad_parameters_error":      classUnknownField,
	"GET executions bad_parameters_error":       classUnknownField,
	"GET node-instances bad_parameters_error":   classUnknownField,
	"GET events bad_parameters_error":           classUnknownField,
}

// statuses decide where there is no known code. A 404 without a code is an unknown
// route or does not come from a Manager: it is never an answer about a resource.
var statuses = map[int]class{
	http.StatusTooManyRequests:       classThrottled,
	http.StatusRequestEntityTooLarge: classInvalid,
	http.StatusUnsupportedMediaType:  classInvalid,
}

func classOf(err error) class {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return classUnknown
	}
	if e.Foreign {
		return classForeign
	}
	method, path, _ := strings.Cut(e.Op, " ")
	resource, _, _ := strings.Cut(path, "/")
	if class, ok := exceptions[method+" "+resource+" "+e.Code]; ok {
		return class
	}
	if class, ok := codes[e.Code]; ok {
		return class
	}
	return statuses[e.StatusCode]
}

// IsNotFound reports whether the Manager said that the thing does not exist, or
// that our user may not see it.
func IsNotFound(err error) bool { return classOf(err) == classNotFound }

// IsConflict reports whether the thing exists already, or is in another state than
// the request is for: read it again.
func IsConflict(err error) bool { return classOf(err) == classConflict }

// IsBusy reports whether err asks to wait: the same request may succeed later
// without a change.
func IsBusy(err error) bool { return classOf(err) == classBusy }

// IsForeign reports whether the answer does not come from a Manager. Nothing is known
// of the Manager then.
func IsForeign(err error) bool { return classOf(err) == classForeign }

// IsUnauthorized reports whether the credentials are wrong. Trying them again and
// again locks the account.
func IsUnauthorized(err error) bool { return classOf(err) == classUnauthorized }

// IsForbidden reports whether the user may not do this, or the tenant does not exist.
func IsForbidden(err error) bool { return classOf(err) == classForbidden }

// IsMaintenance reports whether the Manager is closed for maintenance or a restore.
func IsMaintenance(err error) bool { return classOf(err) == classMaintenance }

// IsThrottled reports whether there were too many requests; see RetryAfter.
func IsThrottled(err error) bool { return classOf(err) == classThrottled }

// IsDependentExists reports whether something still needs the thing, runs on it or is
// alive in it. Which of these, only a read tells.
func IsDependentExists(err error) bool { return classOf(err) == classDependentExists }

// IsCreationFailed reports whether a deployment's environment could not be created,
// or its blueprint is not uploaded. Which of these, only a read tells.
func IsCreationFailed(err error) bool { return classOf(err) == classCreationFailed }

// IsInvalid reports whether the request can never succeed as it is.
func IsInvalid(err error) bool { return classOf(err) == classInvalid }

// IsUnavailableWorkflow reports whether the workflow does not fit the state of the
// deployment's node instances: an install where all is installed, an uninstall
// where nothing is.
func IsUnavailableWorkflow(err error) bool { return classOf(err) == classUnavailableWorkflow }

// IsIllegalAction reports whether the thing is not in a state for this, such as
// an execution to cancel that has ended.
func IsIllegalAction(err error) bool { return classOf(err) == classIllegalAction }

// IsUnknownField reports whether the Manager does not know a field that was asked for:
// its release is not the one that was read.
func IsUnknownField(err error) bool { return classOf(err) == classUnknownField }

// IsMissingPrerequisite reports whether the Manager lacks something that its
// administrator must provide first: a plugin, a secret, a parent deployment.
func IsMissingPrerequisite(err error) bool { return classOf(err) == classPrerequisite }
