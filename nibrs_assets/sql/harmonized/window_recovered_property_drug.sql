/*
description: One row per suspected drug type of a window record of recovered property.
key: [data_year, window_recovered_property_id, drug_number]
references: {window_recovered_property: [data_year, window_recovered_property_id]}
*/
SELECT
    window_recovered_property.data_year,
    window_recovered_property.window_recovered_property_id,
    window_recovered_property.ori,
    drug.drug_number,
    drug.drug_type,
    drug_amount(drug.drug_quantity, drug.drug_quantity_thousandths) AS drug_quantity,
    drug.drug_measure
FROM harmonized.window_recovered_property AS window_recovered_property
JOIN repeated.window_recovered_property_drug AS drug USING (line_number)
ORDER BY window_recovered_property.line_number, drug.drug_number
