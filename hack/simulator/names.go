// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"maps"
	"slices"
	"unicode"
)

const maxID = 256

// checkID refuses what is no ID; argument is how the message calls it.
func checkID(argument, id string) error {
	if len([]rune(id)) > maxID {
		return badParameters("The `%s` argument is too long. Maximum allowed length is %d characters", argument, maxID)
	}
	if !identifier.MatchString(id) {
		return badParameters("The `%s` argument contains illegal characters. "+
			"Only letters, digits and the characters \"-\", \".\" and \"_\" are allowed", argument)
	}
	return nil
}

// checkLetterID is checkID where an ID begins with a letter.
func checkLetterID(argument, id string) error {
	if err := checkID(argument, id); err != nil {
		return err
	}
	if !unicode.IsLetter(rune(id[0])) {
		return badParameters("The `%s` argument must begin with a letter", argument)
	}
	return nil
}

// checkDeploymentID is what a release makes of the ID of a deployment.
func (p profile) checkDeploymentID(id string) error {
	switch {
	case !p.has(checksIDs):
		return nil
	case p.has(freesLetters):
		return checkID("deployment_id", id)
	default:
		return checkLetterID("deployment_id", id)
	}
}

// checkBlueprintID is the same for the ID of a blueprint.
func (p profile) checkBlueprintID(id string) error {
	if !p.has(checksIDs) {
		return nil
	}
	return checkLetterID("blueprint_id", id)
}

// heard is the body of a create without what the release has never heard of.
func (p profile) heard(body object) object {
	body = maps.Clone(body)
	maps.DeleteFunc(body, func(name string, _ any) bool { return !p.since(fieldsSince["Deployment"][name]) })
	return body
}

// visibilities from narrow to wide.
var visibilities = []string{"private", "tenant", "global"}

func checkVisibility(visibility string) error {
	if !slices.Contains(visibilities, visibility) {
		return badParameters("Invalid visibility: `%s`. Valid visibility's values are: %s", visibility, pythonList(visibilities))
	}
	return nil
}

func wider(a, b string) bool { return slices.Index(visibilities, a) > slices.Index(visibilities, b) }

// readVisibility reads the body of a set-visibility.
func readVisibility(r *request) (string, error) {
	body, err := r.object()
	if err != nil {
		return "", err
	}
	wanted, err := body.required("visibility")
	if err != nil {
		return "", err
	}
	return wanted, checkVisibility(wanted)
}

// widen sets a visibility, which can only become wider.
func widen(id string, visibility *string, wanted string) error {
	if wider(*visibility, wanted) {
		return illegalAction("Can't set the visibility of `%s` to %s because it already has wider visibility", id, wanted)
	}
	*visibility = wanted
	return nil
}
