// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// The keys of a credentials Secret: the first two, or the last.
const (
	keyUsername = "username"
	keyPassword = "password"
	keyToken    = "token"
)

// logInWith takes the credentials from a Secret. Values that no Manager could have given out are named by their keys, for a
// Manager would only say that they are wrong, and four wrong passwords lock the account.
func logInWith(config *cloudify.Config, secret *corev1.Secret) error {
	value := func(key string) string { return string(secret.Data[key]) }
	config.Username, config.Password, config.Token = value(keyUsername), value(keyPassword), value(keyToken)
	complete := config.Username != "" && config.Password != "" || config.Token != ""
	var problems []string
	for _, key := range []string{keyUsername, keyPassword, keyToken} {
		_, there := secret.Data[key]
		if problem := problemOf(value(key)); there && problem != "" && (value(key) != "" || !complete) {
			problems = append(problems, fmt.Sprintf("key %s %s", key, problem))
		}
	}
	name := client.ObjectKeyFromObject(secret)
	switch {
	case len(problems) > 0:
		return outcome.Wait(v1alpha1.ReasonInvalidCredentials, "Secret %s cannot be used: %s. Values are used exactly as they are stored: "+
			"write them with kubectl create secret generic %s -n %s --from-literal=KEY=VALUE, or from files written with printf or echo -n, "+
			"because echo and editors end a file with a line break", name, strings.Join(problems, ", "), name.Name, name.Namespace)
	case !complete:
		return outcome.Wait(v1alpha1.ReasonInvalidCredentials, "Secret %s needs the keys username and password, or token; it has %s", name, keysOf(secret.Data))
	}
	return nil
}

// problemOf says what is wrong with a value, "" if nothing is; it never repeats it.
func problemOf(value string) string {
	switch {
	case strings.TrimSpace(value) == "":
		return "is empty"
	case strings.HasSuffix(value, "\n"), strings.HasSuffix(value, "\r"):
		return "ends with a line break"
	case strings.ContainsFunc(value, unicode.IsControl):
		return "contains a line break or another control character"
	default:
		return ""
	}
}

// keysOf names the keys of a Secret, for people; never a value.
func keysOf(data map[string][]byte) string {
	if len(data) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(data)), ", ")
}
