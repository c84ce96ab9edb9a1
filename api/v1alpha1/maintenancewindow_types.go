// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// MaintenanceWindow is a time, again and again, in which the operator may update a deployment by itself.
type MaintenanceWindow struct {
	// schedule says when the window begins, in the five fields of cron: minute, hour, day of month, month, day of week; for
	// example "0 2 * * 6" for Saturdays at 2:00.
	// +required
	// +kubebuilder:validation:MinLength=9
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="self.split(' ').size() == 5",message="schedule must have five fields with one space between them: minute, hour, day of month, month, day of week"
	// +kubebuilder:validation:XValidation:rule="self.split(' ').size() != 5 || self.split(' ')[0].matches('^([*?]|[0-5]?[0-9](-[0-5]?[0-9])?)(/[1-9][0-9]?)?(,([*?]|[0-5]?[0-9](-[0-5]?[0-9])?)(/[1-9][0-9]?)?)*$')",message="the minute of schedule (field 1) must be from 0 to 59, or a list, a range or steps of that, or *"
	// +kubebuilder:validation:XValidation:rule="self.split(' ').size() != 5 || self.split(' ')[1].matches('^([*?]|([01]?[0-9]|2[0-3])(-([01]?[0-9]|2[0-3]))?)(/[1-9][0-9]?)?(,([*?]|([01]?[0-9]|2[0-3])(-([01]?[0-9]|2[0-3]))?)(/[1-9][0-9]?)?)*$')",message="the hour of schedule (field 2) must be from 0 to 23, or a list, a range or steps of that, or *"
	// +kubebuilder:validation:XValidation:rule="self.split(' ').size() != 5 || self.split(' ')[2].matches('^([*?]|(0?[1-9]|[12][0-9]|3[01])(-(0?[1-9]|[12][0-9]|3[01]))?)(/[1-9][0-9]?)?(,([*?]|(0?[1-9]|[12][0-9]|3[01])(-(0?[1-9]|[12][0-9]|3[01]))?)(/[1-9][0-9]?)?)*$')",message="the day of month of schedule (field 3) must be from 1 to 31, or a list, a range or steps of that, or *"
	// +kubebuilder:validation:XValidation:rule="self.split(' ').size() != 5 || self.split(' ')[3].matches('^([*?]|(0?[1-9]|1[0-2]|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))(-(0?[1-9]|1[0-2]|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)))?)(/[1-9][0-9]?)?(,([*?]|(0?[1-9]|1[0-2]|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))(-(0?[1-9]|1[0-2]|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)))?)(/[1-9][0-9]?)?)*$')",message="the month of schedule (field 4) must be from 1 to 12, or from JAN to DEC, or a list, a range or steps of that, or *"
	// +kubebuilder:validation:XValidation:rule="self.split(' ').size() != 5 || self.split(' ')[4].matches('^([*?]|([0-6]|(?i:sun|mon|tue|wed|thu|fri|sat))(-([0-6]|(?i:sun|mon|tue|wed|thu|fri|sat)))?)(/[1-9][0-9]?)?(,([*?]|([0-6]|(?i:sun|mon|tue|wed|thu|fri|sat))(-([0-6]|(?i:sun|mon|tue|wed|thu|fri|sat)))?)(/[1-9][0-9]?)?)*$')",message="the day of week of schedule (field 5) must be from 0 to 6, or from SUN to SAT, or a list, a range or steps of that, or *"
	Schedule string `json:"schedule,omitempty"`

	// duration of the window, for example 4h. An update that began in it is not interrupted at its end.
	// +required
	// +kubebuilder:validation:Type=string
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('1m') && duration(self) <= duration('744h')",message="duration must be from 1m to 744h"
	Duration metav1.Duration `json:"duration,omitzero"`

	// timeZone in which the schedule is read: a name of the IANA database, such as Europe/Berlin. Unset: UTC.
	// +optional
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:XValidation:rule="self != 'Local' && self.matches('^[A-Za-z][A-Za-z0-9_+/-]*$') && timestamp('2026-01-01T00:00:00Z').getFullYear(self) > 0",message="timeZone must be a name of the IANA database, such as Europe/Berlin"
	TimeZone string `json:"timeZone,omitempty"`
}
