/*
description: One row per suspected drug type of a property record.
key: [data_year, incident_id, property_number, drug_number]
references: {property: [data_year, incident_id, property_number]}
*/
SELECT
    property.data_year,
    property.incident_id,
    property.ori,
    property.incident_number,
    property.property_number,
    drug.drug_number,
    drug.drug_type,
    drug_amount(drug.drug_quantity, drug.drug_quantity_thousandths) AS drug_quantity,
    drug.drug_measure
FROM harmonized.property AS property
JOIN repeated.property_drug AS drug USING (line_number)
ORDER BY property.line_number, drug.drug_number
