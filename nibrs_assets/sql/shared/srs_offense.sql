/* What of each incident the Summary system counts: a row per incident and line of Return A (or of srs_offense), the
   finest line known. Hierarchy rule: of the lines with a rank only the highest, with all that it counts; arson and
   human trafficking have none and always count. rape_revised and rape_legacy are two views of the rapes beside the
   year's own; they displace nothing. */
WITH weapon AS (
    SELECT
        incident_id,
        ucr_offense_code,
        -- One weapon an offense, the first there is of firearm, knife, other, hands, unknown, which counts as other.
        min(
            CASE
                WHEN weapon_force IN ('11', '12', '13', '14', '15') THEN 1
                WHEN weapon_force = '20' THEN 2
                WHEN weapon_force IN ('40', '99') THEN 4
                WHEN weapon_force = '95' THEN 5
                ELSE 3
            END
        ) AS weapon_rank,
        bool_or(weapon_force IN ('40', '90', '95', '99')) AS is_of_simple_assault
    FROM harmonized.offense_weapon
    GROUP BY incident_id, ucr_offense_code
),
offense AS (
    SELECT counted.*, weapon.weapon_rank, weapon.is_of_simple_assault
    FROM shared.counted_offense AS counted
    LEFT JOIN weapon USING (incident_id, ucr_offense_code)
),
-- A victim counts once in a line, however many of its codes the victim is connected to.
connected AS (
    SELECT
        connection.incident_id,
        connection.victim_sequence_number,
        victim.victim_sex,
        offense.ucr_offense_code,
        offense.hierarchy_rank,
        offense.is_attempted,
        offense.is_of_simple_assault
    FROM harmonized.victim_offense AS connection
    JOIN harmonized.victim AS victim USING (incident_id, victim_sequence_number)
    JOIN offense USING (incident_id, ucr_offense_code)
    WHERE index_offense(connection.ucr_offense_code) = 'rape_total' OR connection.ucr_offense_code IN ('13B', '13C')
),
raped AS (
    SELECT
        incident_id,
        true AS is_revised,
        bool_and(is_attempted) AS is_attempted,
        any_value(hierarchy_rank) AS hierarchy_rank
    FROM connected
    WHERE index_offense(ucr_offense_code) = 'rape_total' AND victim_sex IN ('F', 'M')
    GROUP BY incident_id, victim_sequence_number
    UNION ALL
    SELECT incident_id, false, bool_and(is_attempted), any_value(hierarchy_rank)
    FROM connected
    WHERE ucr_offense_code = '11A' AND victim_sex = 'F'
    GROUP BY incident_id, victim_sequence_number
),
line AS (
    SELECT
        incident_id,
        CASE
            WHEN index_offense(ucr_offense_code) = 'murder' THEN 'murder'
            WHEN index_offense(ucr_offense_code) = 'robbery_total'
                THEN
                    CASE
                        WHEN weapon_rank = 1 THEN 'robbery_gun'
                        WHEN weapon_rank = 2 THEN 'robbery_knife'
                        WHEN weapon_rank IN (3, 5) THEN 'robbery_other_weapon'
                        WHEN weapon_rank = 4 THEN 'robbery_strong_arm'
                        ELSE 'robbery_total'
                    END
            WHEN index_offense(ucr_offense_code) = 'aggravated_assault'
                THEN
                    CASE
                        WHEN weapon_rank = 1 THEN 'assault_gun'
                        WHEN weapon_rank = 2 THEN 'assault_knife'
                        WHEN weapon_rank IN (3, 5) THEN 'assault_other_weapon'
                        WHEN weapon_rank = 4 THEN 'assault_hands_feet'
                        ELSE 'aggravated_assault'
                    END
            WHEN ucr_offense_code = '09B' THEN 'manslaughter'
            WHEN ucr_offense_code = '200' THEN 'arson'
            WHEN ucr_offense_code = '64A' THEN 'human_trafficking_sex'
            WHEN ucr_offense_code = '64B' THEN 'human_trafficking_servitude'
        END AS offense,
        hierarchy_rank,
        offenses
    FROM offense
    WHERE
        index_offense(ucr_offense_code) IN ('murder', 'robbery_total', 'aggravated_assault')
        OR ucr_offense_code IN ('09B', '200', '64A', '64B')
    UNION ALL
    SELECT incident_id, if(is_attempted, 'rape_attempted', 'rape_by_force'), any_value(hierarchy_rank), count(*)
    FROM raped
    WHERE is_revised = (data_year() >= 2013)
    GROUP BY incident_id, is_attempted
    UNION ALL
    SELECT incident_id, 'assault_simple', any_value(hierarchy_rank), count(DISTINCT victim_sequence_number)
    FROM connected
    WHERE ucr_offense_code IN ('13B', '13C') AND coalesce(is_of_simple_assault, true)
    GROUP BY incident_id
    UNION ALL
    SELECT
        incident_id,
        CASE
            WHEN is_attempted THEN 'burglary_attempted'
            WHEN method_of_entry = 'F' THEN 'burglary_forcible_entry'
            WHEN method_of_entry = 'N' THEN 'burglary_no_force'
            ELSE 'burglary_total'
        END,
        hierarchy_rank,
        -- Each rented storage unit is a burglary; a hotel is one, whatever the number of its rooms (hotel rule).
        CASE WHEN location_type = '19' THEN greatest(number_of_premises_entered, 1) ELSE 1 END
    FROM offense
    WHERE index_offense(ucr_offense_code) = 'burglary_total'
    UNION ALL
    -- Several kinds of larceny in an incident are one.
    SELECT incident_id, 'larceny_total', any_value(hierarchy_rank), 1
    FROM offense
    WHERE index_offense(ucr_offense_code) = 'larceny_total'
    GROUP BY incident_id
    UNION ALL
    SELECT offense.incident_id, vehicle.kind, offense.hierarchy_rank, vehicle.vehicles
    FROM offense
    LEFT JOIN shared.stolen_vehicle AS stolen USING (incident_id)
    CROSS JOIN (
        VALUES
        -- An attempt has no stolen vehicle; it counts as one automobile.
        ('mvt_auto', coalesce(stolen.autos, 1)),
        ('mvt_truck_bus', stolen.trucks_buses),
        ('mvt_other', stolen.others)
    ) AS vehicle (kind, vehicles)
    WHERE index_offense(offense.ucr_offense_code) = 'mvt_total'
),
kept AS (
    SELECT * FROM line
    WHERE offenses > 0
    QUALIFY hierarchy_rank IS NULL OR hierarchy_rank = min(hierarchy_rank) OVER (PARTITION BY incident_id)
),
killed AS (
    SELECT DISTINCT incident_id FROM kept WHERE offense IN ('murder', 'manslaughter')
)
SELECT incident.incident_id, incident.ori, incident.incident_date, kept.offense, kept.offenses
FROM kept
JOIN harmonized.incident AS incident USING (incident_id)
UNION ALL
SELECT
    incident.incident_id,
    incident.ori,
    incident.incident_date,
    if(raped.is_revised, 'rape_revised', 'rape_legacy'),
    count(*)
FROM raped
ANTI JOIN killed USING (incident_id)
JOIN harmonized.incident AS incident USING (incident_id)
GROUP BY ALL
