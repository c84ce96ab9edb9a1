// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package dsl

func (p *parser) readDataTypes() error {
	p.dataTypes = dataTypes{}
	return p.inOrder("data_types", "data type", components, func(path string, entry *field, parent string) error {
		if isPrimitive(entry.key) {
			return refuse(at(path, entry), "Can't redefine primitive type %s", entry.key)
		}
		if err := mapOf(at(path, entry), "properties", "description", "derived_from", "version"); err != nil {
			return err
		}
		own, err := p.readProperties(path+".properties", entry.value.field("properties"), entry.key)
		if err != nil {
			return err
		}
		takesAny := open(entry)
		if super := p.dataTypes[parent]; super != nil {
			own, takesAny = p.inherit(own, super.properties), takesAny || super.open
		}
		p.dataTypes[entry.key] = &dataType{properties: own, open: takesAny, raw: map[string]any{
			"properties":   rawOf(own),
			"description":  entry.value.at("description").value(),
			"derived_from": entry.value.at("derived_from").value(),
			"version":      entry.value.at("version").value(),
		}}
		return nil
	})
}

// components are the types that a data type's properties have.
func components(dataType *element) []string {
	var types []string
	if section := dataType.at("properties"); section != nil {
		for _, f := range section.fields {
			if typ, ok := f.value.at("type").text(); ok {
				types = append(types, typ)
			}
		}
	}
	return types
}
