// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package service

import (
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
)

// verb is the first word of a token.
type verb string

const (
	verbProvision   verb = "provision"
	verbUpdate      verb = "update"
	verbDeprovision verb = "deprovision"
	verbBind        verb = "bind"
)

// token is what a platform is given for an operation, and sends back when it polls.
type token struct {
	verb   verb
	uid    types.UID
	number int64
}

func (t token) String() string {
	return string(t.verb) + "." + string(t.uid) + "." + strconv.FormatInt(t.number, 10)
}

// parseToken reads what a platform sent. Whatever is not a token, such as a plain word, asks for the latest operation.
func parseToken(text string) (token, bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 || parts[1] == "" {
		return token{}, false
	}
	number, err := strconv.ParseInt(parts[2], 10, 64)
	t := token{verb: verb(parts[0]), uid: types.UID(parts[1]), number: number}
	switch t.verb {
	case verbProvision, verbUpdate, verbDeprovision, verbBind:
		return t, err == nil && number > 0 && t.String() == text
	default:
		return token{}, false
	}
}

// tokenOf is the token of the latest operation on an instance.
func tokenOf(d *v1alpha1.CloudifyDeployment) token {
	t := token{verb: verbProvision, uid: d.UID, number: d.Spec.OSB.Operation.Number}
	switch {
	case !d.DeletionTimestamp.IsZero():
		t.verb = verbDeprovision
	case d.Spec.OSB.Operation.Verb == v1alpha1.OperationUpdate:
		t.verb = verbUpdate
	}
	return t
}

// bindToken is the token of the only operation on a binding that takes time.
func bindToken(b *v1alpha1.CloudifyBinding) token {
	return token{verb: verbBind, uid: b.UID, number: 1}
}
