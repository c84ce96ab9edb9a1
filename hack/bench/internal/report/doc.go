// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Package report writes what was measured into a document, and reads it there again. The document is people's; between two markers
// of a part is what that part measured last, so a part can be measured alone.
package report
