"""Results to other systems: FHIR servers, DICOM archives, research exports, films without faces."""
