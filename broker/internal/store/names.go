// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package store

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"

	"k8s.io/apimachinery/pkg/util/validation"
)

const (
	instancePrefix = "i-"
	bindingPrefix  = "b-"
)

// hashed is the form of the names that are made of a hash. No ID that has it names an object itself.
var hashed = regexp.MustCompile(`^i-[0-9a-f]{40}$`)

// InstanceName returns the name of the CloudifyDeployment of a service instance: its ID where that is a DNS label, so that
// people find it, otherwise a hash of the ID.
func InstanceName(instanceID string) string {
	if len(validation.IsDNS1123Label(instanceID)) == 0 && !hashed.MatchString(instanceID) {
		return instanceID
	}
	return instancePrefix + hash(instanceID)
}

// BindingName returns the name of the CloudifyBinding of a service binding. Platforms promise no more than that binding IDs of
// one instance differ.
func BindingName(instanceID, bindingID string) string {
	return bindingPrefix + hash(fmt.Sprintf("%d %s %s", len(instanceID), instanceID, bindingID))
}

func hash(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:20])
}
