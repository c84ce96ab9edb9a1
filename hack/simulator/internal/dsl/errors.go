// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

import (
	"cmp"
	"fmt"
	"strings"
)

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

// Codes of an InputError: the Manager's error_code where it answers one at once.
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

// complaint says what is wrong with a value, in the Manager's words; its place is not known yet.
type complaint string

func (c complaint) Error() string { return string(c) }

func complain(format string, args ...any) error { return complaint(fmt.Sprintf(format, args...)) }

// place is where in a blueprint something is wrong.
type place struct {
	path  string // empty for the whole blueprint
	value *element
	field *field // nil for an item of a list, or for what is missing
}

// at is the place of a named entry under a path.
func at(path string, f *field) place { return place{path, f.value, f} }

// refuse says what is wrong at a place as the Manager's parser does: it shows the place under the message.
func refuse(where place, format string, args ...any) *Error {
	var b strings.Builder
	fmt.Fprintf(&b, "Invalid blueprint - "+format+" ", args...)
	switch {
	case where.field != nil:
		fmt.Fprintf(&b, "\n  in: %s\n  in line: %d, column: %d", where.field.file, where.field.line, where.field.column)
	case where.value != nil && where.value.line > 0:
		fmt.Fprintf(&b, "\n  in: %s\n  in line %d, column %d", where.value.file, where.value.line, where.value.column)
	}
	fmt.Fprintf(&b, "\n  path: %s\n  value: %s", cmp.Or(where.path, "root"), where.value.show())
	return &Error{StateInvalid, b.String()}
}

// broken is what the Manager says where its parser stumbles without a place.
func broken(format string, args ...any) *Error {
	return &Error{StateFailedParsing, fmt.Sprintf("Failed parsing blueprint - "+format, args...)}
}
