// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package watch

import (
	"slices"

	"k8s.io/apimachinery/pkg/types"
)

// namesakes are the deployments at a Manager that were made for other objects of one name, by their labels.
type namesakes struct {
	own string // the deployment of the object that asks
	ids []string
	// known: the lists can tell. Something may have been made, or have gone, since the latest of them.
	known bool
}

// label takes what a list with labels shows. What controllers said since it began is not in it.
func (d *deployments) label(began tick, ours []Marked) {
	d.labelled = make(map[types.NamespacedName][]string, len(ours))
	for _, m := range ours {
		object := types.NamespacedName{Namespace: m.Namespace, Name: m.Name}
		d.labelled[object] = append(d.labelled[object], m.ID)
	}
	for id, one := range d.byID {
		if one.exists && one.since >= began {
			d.name(id, one.object)
		}
	}
}

// name notes that an object has a deployment, which carries its name.
func (d *deployments) name(id string, object types.NamespacedName) {
	if d.labelled != nil && !slices.Contains(d.labelled[object], id) {
		d.labelled[object] = append(d.labelled[object], id)
	}
}

// gone takes a deployment out that is no longer there, whatever the latest list shows.
func (d *deployments) gone(id string) {
	one := d.byID[id]
	if one == nil {
		return
	}
	left := slices.DeleteFunc(d.labelled[one.object], func(other string) bool { return other == id })
	if len(left) == 0 {
		delete(d.labelled, one.object)
		return
	}
	d.labelled[one.object] = left
}

// namesakesOf are those of an object, whose own deployment is left out.
func (d *deployments) namesakesOf(object types.NamespacedName, own string) namesakes {
	found := namesakes{own: own, known: d.labelled != nil && !d.latest.at.IsZero()}
	for _, id := range d.labelled[object] {
		one := d.byID[id]
		_, listed := d.latest.rows[id]
		switch {
		case id == own:
		case one != nil && one.since >= d.latest.began:
			found.known = false
		case listed:
			found.ids = append(found.ids, id)
		}
	}
	return found
}

// ask is namesakesOf for an object that is woken when another list says otherwise.
func (d *deployments) ask(object types.NamespacedName, own string) namesakes {
	found := d.namesakesOf(object, own)
	delete(d.told, object)
	if !found.known || len(found.ids) > 0 {
		d.told[object] = found
	}
	if !found.known && d.labelled != nil {
		d.askedAt = d.clock.next()
	}
	return found
}

// tellNamesakes wakes the objects to which the latest list has news of their namesakes.
func (d *deployments) tellNamesakes() {
	for object, told := range d.told {
		if now := d.namesakesOf(object, told.own); now.known != told.known || !slices.Equal(now.ids, told.ids) {
			delete(d.told, object)
			d.wakes.wake(object)
		}
	}
}
