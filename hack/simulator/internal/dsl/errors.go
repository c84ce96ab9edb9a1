// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

// Blueprint states in which an upload can end other than "uploaded".
const (
	StateFailedUploading  = "failed_uploading"
	StateFailedExtracting = "failed_extracting"
	StateFailedParsing    = "failed_parsing"
	StateInvalid          = "invalid"
)

// Error is a refusal of a blueprint: the state the Manager leaves it in, and its own words.
type Error struct{ State, Message string }

func (e *Error) Error() string { return e.Message }

// Codes of an InputError, the Manager's error_code where it answers one at once.
const (
	CodeMissingInput      = "missing_required_deployment_input_error"
	CodeUnknownInput      = "unknown_deployment_input_error"
	CodeInputEvaluation   = "deployment_input_evaluation_error"
	CodeConstraint        = "constraint_error"
	CodeIllegalParameters = "illegal_execution_parameters_error"
)

// InputError is a refusal of deployment inputs or workflow parameters. Message is plain;
// Exception is the Python class that the Manager prints before it in an execution's error,
// empty where it prints the message alone.
type InputError struct{ Code, Message, Exception string }

func (e *InputError) Error() string { return e.Message }

// LastLine is the last line of the traceback that a failed execution shows.
func (e *InputError) LastLine() string {
	if e.Exception == "" {
		return e.Message
	}
	return e.Exception + ": " + e.Message
}
