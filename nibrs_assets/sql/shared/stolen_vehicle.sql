/* The motor vehicles stolen in each incident (loss type 7). Their number (DE 18) is given once for the whole loss, and
   the master file repeats it on the record of each description: adding it up would count a car and a truck as four.
   There are at least as many vehicles as descriptions, also where the number is unknown (00 or blank). */
WITH counted AS (
    SELECT
        incident_id,
        greatest(coalesce(max(number_stolen_vehicles), 0), count(DISTINCT property_description)) AS vehicles,
        bool_or(property_description = '03') AS has_autos,
        count(DISTINCT property_description) FILTER (WHERE property_description IN ('05', '28', '37')) AS trucks_buses,
        count(DISTINCT property_description) FILTER (WHERE property_description = '24') AS others
    FROM harmonized.property
    WHERE property_loss_type = '7' AND property_description IN ('03', '05', '24', '28', '37')
    GROUP BY incident_id
)
-- One of each description; the rest are automobiles if there is one, else trucks or buses, else other vehicles.
SELECT
    incident_id,
    vehicles,
    CASE WHEN has_autos THEN vehicles - trucks_buses - others ELSE 0 END AS autos,
    CASE WHEN has_autos THEN trucks_buses WHEN trucks_buses > 0 THEN vehicles - others ELSE 0 END AS trucks_buses,
    CASE WHEN has_autos OR trucks_buses > 0 THEN others ELSE vehicles END AS others
FROM counted
